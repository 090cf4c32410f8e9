/** PodNodeSelector: a namespace says on which nodes its Pods run. Off unless it is switched on. */
import type { Pod } from '../../api/pod.ts';
import { namespaces } from '../../api/resource.ts';
import type { AdmissionPlugin, AdmissionRequest } from '../registry.ts';
import { forbid, isPodCreate, type Reader } from './forbid.ts';

const annotation = 'scheduler.alpha.kubernetes.io/node-selector';

/** `key=value` pairs between commas; undefined for anything else. */
function parsed(text: string): Record<string, string> | undefined {
  const pairs = text
    .split(',')
    .map((pair) => pair.trim())
    .filter((pair) => pair !== '')
    .map((pair) => pair.split('=').map((part) => part.trim()));
  const isGood = pairs.every(([key = '', , ...rest]) => key !== '' && rest.length === 0);
  return isGood && pairs.every((pair) => pair.length === 2) ? Object.fromEntries(pairs) : undefined;
}

/** The plugin. */
export function podNodeSelector(reader: Reader): AdmissionPlugin {
  const selectorOf = (request: AdmissionRequest): Record<string, string> => {
    const text = reader.get(namespaces, '', request.namespace)?.object().metadata.annotations?.[annotation] ?? '';
    const selector = parsed(text);
    if (selector === undefined) throw forbid(request, `the annotation ${annotation} of its namespace is no selector`);
    return selector;
  };
  const check = (request: AdmissionRequest): Record<string, string> => {
    const selector = selectorOf(request);
    const own = (request.object as unknown as Pod).spec.nodeSelector ?? {};
    if (Object.entries(selector).some(([key, value]) => own[key] !== undefined && own[key] !== value))
      throw forbid(request, 'pod node label selector conflicts with its namespace node label selector');
    return selector;
  };
  return {
    name: 'PodNodeSelector',
    handles: isPodCreate,
    mutate(request) {
      const selector = check(request);
      const { spec } = request.object as unknown as Pod;
      if (Object.keys(selector).length > 0) spec.nodeSelector = { ...spec.nodeSelector, ...selector };
    },
    validate: (request) => void check(request),
  };
}
