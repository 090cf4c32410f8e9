/** What is wrong with probes and lifecycle hooks. */
import type { HTTPGetAction, Lifecycle, LifecycleHandler, Probe } from '../../api/container.ts';
import { type FieldError, forbiddenField, invalid, required } from '../../api/field-error.ts';
import { patternText } from '../../api/names.ts';
import { nonNegative, oneOf, portNumber, portNumberOrName } from '../field-checks.ts';

const headerText = patternText(
  "a valid HTTP header must consist of alphanumeric characters or '-'",
  '[-A-Za-z0-9]+',
  'X-Header-Name',
);
const headerPattern = /^[-A-Za-z0-9]+$/;
const schemes = ['HTTP', 'HTTPS'];

function validateHttp(action: HTTPGetAction, path: string, errors: FieldError[]): void {
  if (!action.path) errors.push(required(`${path}.path`));
  portNumberOrName(action.port, `${path}.port`, errors);
  oneOf(action.scheme, schemes, `${path}.scheme`, errors);
  for (const header of action.httpHeaders ?? []) {
    if (!headerPattern.test(header.name ?? '')) {
      errors.push(invalid(`${path}.httpHeaders`, header.name ?? '', headerText));
    }
  }
}

type Handler = LifecycleHandler & Pick<Probe, 'grpc'>;

function validateHandler(handler: Handler, path: string, grace: number | undefined, errors: FieldError[]): void {
  let count = 0;
  const first = (field: string): boolean => {
    if (count++ === 0) return true;
    errors.push(forbiddenField(`${path}.${field}`, 'may not specify more than 1 handler type'));
    return false;
  };
  if (handler.exec && first('exec') && !handler.exec.command?.length) errors.push(required(`${path}.exec.command`));
  if (handler.httpGet && first('httpGet')) validateHttp(handler.httpGet, `${path}.httpGet`, errors);
  if (handler.tcpSocket && first('tcpSocket')) {
    portNumberOrName(handler.tcpSocket.port, `${path}.tcpSocket.port`, errors);
  }
  if (handler.grpc && first('grpc')) portNumber(handler.grpc.port, `${path}.grpc.port`, errors);
  if (handler.sleep && first('sleep')) {
    const { seconds } = handler.sleep;
    const most = grace ?? 0;
    if (seconds < 0 || seconds > most) {
      const why = `must be non-negative and less than terminationGracePeriodSeconds (${most})`;
      errors.push(invalid(`${path}.sleep`, seconds, why));
    }
  }
  if (count === 0) errors.push(required(path, 'must specify a handler type'));
}

const counts = [
  'initialDelaySeconds',
  'timeoutSeconds',
  'periodSeconds',
  'successThreshold',
  'failureThreshold',
] as const;

function validateCommon(probe: Probe, path: string, errors: FieldError[]): void {
  validateHandler(probe, path, undefined, errors);
  for (const field of counts) nonNegative(probe[field], `${path}.${field}`, errors);
  const grace = probe.terminationGracePeriodSeconds;
  if (grace !== undefined && grace <= 0) {
    errors.push(invalid(`${path}.terminationGracePeriodSeconds`, grace, 'must be greater than 0'));
  }
}

/** A liveness or startup probe. API: one success is enough for them. */
export function validateRestartingProbe(probe: Probe | undefined, path: string, errors: FieldError[]): void {
  if (probe === undefined) return;
  validateCommon(probe, path, errors);
  if (probe.successThreshold !== 1)
    errors.push(invalid(`${path}.successThreshold`, probe.successThreshold, 'must be 1'));
}

/** A readiness probe. API: it never restarts anything, so it has no grace period. */
export function validateReadinessProbe(probe: Probe | undefined, path: string, errors: FieldError[]): void {
  if (probe === undefined) return;
  validateCommon(probe, path, errors);
  const grace = probe.terminationGracePeriodSeconds;
  if (grace !== undefined) {
    errors.push(invalid(`${path}.terminationGracePeriodSeconds`, grace, 'must not be set for readinessProbes'));
  }
}

/** What runs after a container's start and before its end. `grace`: seconds a Pod has to end. */
export function validateLifecycle(
  lifecycle: Lifecycle | undefined,
  path: string,
  grace: number | undefined,
  errors: FieldError[],
): void {
  if (lifecycle?.postStart) validateHandler(lifecycle.postStart, `${path}.postStart`, grace, errors);
  if (lifecycle?.preStop) validateHandler(lifecycle.preStop, `${path}.preStop`, grace, errors);
}
