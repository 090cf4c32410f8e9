/** What is wrong with the status of a Service: where its load balancer is reached. */
import { type FieldError, forbiddenField, required } from '../../api/field-error.ts';
import type { Service } from '../../api/service.ts';
import { oneOf } from '../field-checks.ts';
import { address, hostname } from '../ip-checks.ts';

/** core.v1.LoadBalancerIngress. */
interface Reached {
  hostname?: string;
  ip?: string;
  ipMode?: string;
}

/** Where the load balancer of a Service is reached, as its status tells. */
export function reachedAt(service: Service): Reached[] {
  return (service.status?.['loadBalancer'] as { ingress?: Reached[] } | undefined)?.ingress ?? [];
}

function validateMode({ ip, ipMode }: Reached, path: string, errors: FieldError[]): void {
  if (ipMode === undefined) {
    if (ip) errors.push(required(path, 'must be specified when `ip` is set'));
  } else if (!ip) errors.push(forbiddenField(path, 'may not be specified when `ip` is not set'));
  else oneOf(ipMode, ['Proxy', 'VIP'], path, errors);
}

/** What is wrong with a changed status. API: only Services of type LoadBalancer have such addresses. */
export function validateServiceStatus(service: Service, old: Service): FieldError[] {
  const errors: FieldError[] = [];
  const path = 'status.loadBalancer.ingress';
  const reached = reachedAt(service);
  if (service.spec.type !== 'LoadBalancer' && reached.length > 0) {
    return [forbiddenField(path, "may only be used when `spec.type` is 'LoadBalancer'")];
  }
  const kept = new Set(reachedAt(old).flatMap(({ ip }) => ip ?? []));
  reached.forEach((one, index) => {
    const at = `${path}[${index}]`;
    if (one.ip) address(one.ip, `${at}.ip`, errors, kept);
    validateMode(one, `${at}.ipMode`, errors);
    if (one.hostname) hostname(one.hostname, `${at}.hostname`, errors);
  });
  return errors;
}
