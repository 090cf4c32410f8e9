/** Resources whose every use is answered with a warning. API: Warning headers of deprecated APIs. */
import type { ResourceInfo } from '../kinds/kind.ts';
import type { Call } from './call.ts';

const texts: ReadonlyMap<string, string> = new Map([
  ['componentstatuses', 'v1 ComponentStatus is deprecated in v1.19+'],
  ['endpoints', 'v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice'],
]);

/** Warns the client when the resource it uses is on its way out. */
export function warnDeprecated(call: Call, info: ResourceInfo): void {
  if (info.custom?.deprecation !== undefined) call.warn(info.custom.deprecation);
  if (info.group !== '') return;
  const text = texts.get(info.resource);
  if (text !== undefined) call.warn(text);
}
