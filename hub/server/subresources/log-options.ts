/** Query of pods/log: what is asked for, checked, and of which container. API: core/v1 PodLogOptions. */
import { badRequest } from '../../api/errors.ts';
import { type FieldError, invalid, invalidObject } from '../../api/field-error.ts';
import type { Pod } from '../../api/pod.ts';
import type { Call } from '../call.ts';
import { booleanParameter, integerParameter } from '../list/list-options.ts';

/** Options as they travel to the node: strings, only those that are set. */
export type LogOptions = Record<string, string>;

/** The container whose log is meant. Throws BadRequest when there is none, or a choice. */
export function containerOf(pod: Pod, asked: string): string {
  const name = pod.metadata.name ?? '';
  const spec = pod.spec as { ephemeralContainers?: { name: string }[] };
  const containers = pod.spec.containers.map((one) => one.name);
  const init = (pod.spec.initContainers ?? []).map((one) => one.name);
  const ephemeral = (spec.ephemeralContainers ?? []).map((one) => one.name);
  if (asked !== '') {
    if ([...containers, ...init, ...ephemeral].includes(asked)) return asked;
    throw badRequest(`container ${asked} is not valid for pod ${name}`);
  }
  const preferred = pod.metadata.annotations?.['kubectl.kubernetes.io/default-container'];
  if (preferred !== undefined && containers.includes(preferred)) return preferred;
  const [only] = containers;
  if (only !== undefined && containers.length === 1 && init.length === 0 && ephemeral.length === 0) return only;
  const choice = `a container name must be specified for pod ${name}, choose one of: [${containers.join(' ')}]`;
  const others = init.length > 0 ? ` or one of the init containers: [${init.join(' ')}]` : '';
  const more = ephemeral.length > 0 ? ` or one of the ephemeral containers: [${ephemeral.join(' ')}]` : '';
  throw badRequest(choice + others + more);
}

/** Reads and checks the options. Throws BadRequest and Invalid. */
export function logOptions(call: Call): LogOptions {
  const options: LogOptions = {};
  const errors: FieldError[] = [];
  const number = (name: string, least: number): void => {
    const value = integerParameter(call, name);
    if (value === undefined) return;
    if (value < least) errors.push(invalid(name, value, `must be greater than ${least === 0 ? 'or equal to 0' : '0'}`));
    options[name] = String(value);
  };
  number('tailLines', 0);
  number('limitBytes', 1);
  number('sinceSeconds', 1);
  for (const name of ['follow', 'previous', 'timestamps']) {
    if (booleanParameter(call, name) === true) options[name] = 'true';
  }
  const since = call.query.get('sinceTime') ?? '';
  if (since !== '') {
    if (Number.isNaN(Date.parse(since)))
      throw badRequest(`parsing time ${JSON.stringify(since)}: it is no RFC 3339 time`);
    options['sinceTime'] = since;
  }
  if (since !== '' && options['sinceSeconds'] !== undefined) {
    errors.push({
      type: 'FieldValueForbidden',
      field: 'sinceSeconds',
      message: 'Forbidden: at most one of `sinceTime` or `sinceSeconds` may be specified',
    });
  }
  if (errors.length > 0) throw invalidObject('', 'PodLogOptions', '', errors);
  return options;
}
