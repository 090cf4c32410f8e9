/** Whether an APIService can be had, as far as the cluster's own objects tell. API: kube-aggregator's availability checks. */
import { type APIService, type APIServiceCondition, defaultServicePort } from '../../api/api-service.ts';
import type { EndpointSlice } from '../../api/endpoint-slice.ts';
import type { Service } from '../../api/service.ts';

/** The condition `Available` without the time it began. */
export type Said = Pick<APIServiceCondition, 'reason' | 'message' | 'status'>;

/** What is there of its Service. */
export interface Found {
  readonly service: Service | undefined;
  readonly slices: readonly EndpointSlice[];
}

/** Of what the hub serves itself. */
const local: Said = { status: 'True', reason: 'Local', message: 'Local APIServices are always available' };

/** Of a server that answered. */
export const passed: Said = { status: 'True', reason: 'Passed', message: 'all checks passed' };

const unavailable = (reason: string, message: string): Said => ({ status: 'False', reason, message });

/** Of a server that did not answer, or not well. */
export const failedCheck = (why: string): Said => unavailable('FailedDiscoveryCheck', why);

/** What can be said without asking the server; undefined: it has to be asked. */
export function verdictOf({ spec }: APIService, { service, slices }: Found): Said | undefined {
  const reference = spec?.service;
  if (reference === undefined) return local;
  const { name, namespace, port = defaultServicePort } = reference;
  const about = `service/${name} in ${JSON.stringify(namespace)}`;
  if (service === undefined) return unavailable('ServiceNotFound', `${about} is not present`);
  if ((service.spec.type ?? 'ClusterIP') !== 'ClusterIP') return undefined;
  const found = service.spec.ports?.find((one) => one.port === port);
  if (found === undefined) return unavailable('ServicePortError', `${about} is not listening on port ${port}`);
  if (slices.length === 0) return unavailable('EndpointsNotFound', `cannot find endpointslices for ${about}`);
  const portName = found.name ?? '';
  if (slices.some((slice) => hasEndpoint(slice, portName))) return undefined;
  const missing = `endpointslices for ${about} have no addresses with port name ${JSON.stringify(portName)}`;
  return unavailable('MissingEndpoints', missing);
}

function hasEndpoint({ endpoints, ports }: EndpointSlice, portName: string): boolean {
  return (
    (endpoints ?? []).some(({ conditions }) => conditions?.ready !== false) &&
    (ports ?? []).some((one) => (one.name ?? '') === portName && one.port !== undefined)
  );
}

/** The conditions with this one put in; its time changes with its status. The same array when it says nothing new. */
export function withSaid(
  conditions: readonly APIServiceCondition[],
  { status, reason, message }: Said,
  now: string,
): readonly APIServiceCondition[] {
  const old = conditions.find((one) => one.type === 'Available');
  if (old?.status === status && old.reason === reason && old.message === message) return conditions;
  const lastTransitionTime = old?.status === status ? (old.lastTransitionTime ?? now) : now;
  const next: APIServiceCondition = {
    type: 'Available',
    status,
    lastTransitionTime,
    ...(reason === undefined ? {} : { reason }),
    ...(message === undefined ? {} : { message }),
  };
  return old === undefined ? [...conditions, next] : conditions.map((one) => (one === old ? next : one));
}
