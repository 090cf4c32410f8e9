/** A container's environment: services, envFrom, env with references resolved and `$(NAME)` expanded. Pure. */
import type { Container, EnvVar } from '../../../hub/api/container.ts';
import type { ConfigMap, Secret } from '../../../hub/api/config.ts';
import type { Pod } from '../../../hub/api/pod.ts';
import type { Service } from '../../../hub/api/service.ts';
import { type FieldContext, podField, resourceField } from './fields.ts';

/** Where referenced objects are found, within the Pod's namespace. */
export interface ReferencedObjects {
  configMap(name: string): ConfigMap | undefined;
  secret(name: string): Secret | undefined;
  /** Every Service of the Pod's namespace this node knows. */
  services(): Iterable<Service>;
}

/** A reference that leads nowhere; the message is what the user reads. */
export class MissingReference extends Error {}

/** Everything an environment is made of. */
export interface EnvironmentInput {
  readonly pod: Pod;
  readonly container: Container;
  readonly objects: ReferencedObjects;
  readonly fields: FieldContext;
  /** What the node knows better than the Services, such as where the API really is. */
  readonly base: Readonly<Record<string, string>>;
}

/** The environment; throws MissingReference when something required is missing. */
export function containerEnvironment(input: EnvironmentInput): Record<string, string> {
  const result: Record<string, string> = {};
  if (input.pod.spec.enableServiceLinks !== false)
    for (const service of input.objects.services()) Object.assign(result, serviceVariables(service));
  Object.assign(result, input.base);
  for (const source of input.container.envFrom ?? []) Object.assign(result, fromSource(input, source));
  for (const variable of input.container.env ?? []) {
    const value = variable.valueFrom === undefined ? expand(variable.value ?? '', result) : resolve(input, variable);
    if (value !== undefined) result[variable.name] = value;
  }
  return result;
}

/** Replaces `$(NAME)` by what is known, leaves unknown references as they stand, and `$$` becomes `$`. */
export function expand(text: string, known: Readonly<Record<string, string>>): string {
  return text.replace(/\$\$|\$\(([^()]*)\)/g, (whole, name: string | undefined) =>
    whole === '$$' ? '$' : name !== undefined && Object.hasOwn(known, name) ? (known[name] ?? '') : whole,
  );
}

function fromSource(
  input: EnvironmentInput,
  source: NonNullable<Container['envFrom']>[number],
): Record<string, string> {
  const reference = source.configMapRef ?? source.secretRef;
  const kind = source.configMapRef === undefined ? 'secret' : 'configmap';
  const name = reference?.name ?? '';
  const data =
    source.configMapRef === undefined ? secretData(input.objects.secret(name)) : input.objects.configMap(name)?.data;
  const exists = source.configMapRef === undefined ? input.objects.secret(name) : input.objects.configMap(name);
  if (exists === undefined && reference?.optional !== true) throw new MissingReference(`${kind} "${name}" not found`);
  return Object.fromEntries(Object.entries(data ?? {}).map(([key, value]) => [(source.prefix ?? '') + key, value]));
}

function resolve(input: EnvironmentInput, { name, valueFrom = {} }: EnvVar): string | undefined {
  const { pod, objects, fields } = input;
  const { configMapKeyRef, secretKeyRef, fieldRef, resourceFieldRef } = valueFrom;
  if (configMapKeyRef !== undefined) {
    const object = objects.configMap(configMapKeyRef.name ?? '');
    return keyOf('ConfigMap', configMapKeyRef, pod, object && (object.data ?? {}));
  }
  if (secretKeyRef !== undefined) {
    const object = objects.secret(secretKeyRef.name ?? '');
    return keyOf('Secret', secretKeyRef, pod, object && secretData(object));
  }
  if (fieldRef !== undefined) {
    const value = podField(pod, fieldRef.fieldPath, fields);
    if (value === undefined) throw new MissingReference(`env ${name}: unsupported fieldPath: ${fieldRef.fieldPath}`);
    return value;
  }
  if (resourceFieldRef !== undefined) {
    const target = containerNamed(input, resourceFieldRef.containerName);
    const value = target && resourceField(target, resourceFieldRef, fields);
    if (value === undefined)
      throw new MissingReference(`env ${name}: unsupported resource: ${resourceFieldRef.resource}`);
    return value;
  }
  throw new MissingReference(`env ${name}: this kind of valueFrom is not supported on this node`);
}

/** The container a resourceFieldRef is about: the one that asks, unless another is named. */
function containerNamed({ pod, container }: EnvironmentInput, name: string | undefined): Container | undefined {
  if (name === undefined || name === '') return container;
  return [...pod.spec.containers, ...(pod.spec.initContainers ?? [])].find((each) => each.name === name);
}

function keyOf(
  kind: 'ConfigMap' | 'Secret',
  selector: { key: string; name?: string; optional?: boolean },
  pod: Pod,
  data: Readonly<Record<string, string>> | undefined,
): string | undefined {
  const value = data?.[selector.key];
  if (value !== undefined || selector.optional === true) return value;
  if (data === undefined) throw new MissingReference(`${kind.toLowerCase()} "${selector.name ?? ''}" not found`);
  throw new MissingReference(
    `couldn't find key ${selector.key} in ${kind} ${pod.metadata.namespace ?? ''}/${selector.name ?? ''}`,
  );
}

/** A Secret's values as text. */
function secretData(secret: Secret | undefined): Record<string, string> {
  const entries = Object.entries(secret?.data ?? {});
  return Object.fromEntries(entries.map(([key, value]) => [key, Buffer.from(value, 'base64').toString()]));
}

/** API: environment variables of a Service, in the form Docker links had. Headless ones have none. */
export function serviceVariables(service: Service): Record<string, string> {
  const { clusterIP, ports = [] } = service.spec;
  const first = ports[0];
  if (clusterIP === undefined || clusterIP === '' || clusterIP === 'None' || first === undefined) return {};
  const prefix = (service.metadata.name ?? '').toUpperCase().replaceAll('-', '_');
  const host = clusterIP.includes(':') ? `[${clusterIP}]` : clusterIP;
  const result: Record<string, string> = {
    [`${prefix}_SERVICE_HOST`]: clusterIP,
    [`${prefix}_SERVICE_PORT`]: String(first.port),
    [`${prefix}_PORT`]: `${(first.protocol ?? 'TCP').toLowerCase()}://${host}:${first.port}`,
  };
  for (const { name, port, protocol = 'TCP' } of ports) {
    if (name !== undefined && name !== '')
      result[`${prefix}_SERVICE_PORT_${name.toUpperCase().replaceAll('-', '_')}`] = String(port);
    const key = `${prefix}_PORT_${port}_${protocol.toUpperCase()}`;
    result[key] = `${protocol.toLowerCase()}://${host}:${port}`;
    Object.assign(result, {
      [`${key}_PROTO`]: protocol.toLowerCase(),
      [`${key}_PORT`]: String(port),
      [`${key}_ADDR`]: clusterIP,
    });
  }
  return result;
}
