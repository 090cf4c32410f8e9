/** Resources whose every use is answered with a warning. API: Warning headers of deprecated APIs. */
import type { ResourceInfo } from '../kinds/kind.ts';
import type { Call } from './call.ts';

const texts: ReadonlyMap<string, string> = new Map([
  ['componentstatuses', 'v1 ComponentStatus is deprecated in v1.19+'],
  ['endpoints', 'v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice'],
]);

/** Warns the client when the resource it uses is on its way out; true when it is. */
export function warnDeprecated(call: Call, info: ResourceInfo): boolean {
  const text = info.custom?.deprecation ?? (info.group === '' ? texts.get(info.resource) : undefined);
  if (text === undefined) return false;
  call.warn(text);
  // API: the audit log says that it is so, not why
  call.audit?.annotate('k8s.io/deprecated', 'true');
  return true;
}
