/** GET of one object. */
import { ApiError, notFound } from '../api/errors.ts';
import type { KubeObject } from '../api/object.ts';
import type { Entry } from '../registry/registry.ts';
import type { Call } from './call.ts';
import { checkRevision } from './list/list-options.ts';
import { partialText } from './partial.ts';
import { sendJsonBytes, sendValue } from './respond.ts';
import type { Route } from './route.ts';
import type { Services } from './services.ts';
import { includeOf, rowText, type Tabled, tableHead, tableTail } from './table.ts';

/** Answers with the object a request names. */
export function get(services: Services, call: Call, route: Route): void {
  const { target } = call;
  if (target === undefined) return;
  if (call.search !== '') checkRevision(call.query.get('resourceVersion') ?? '', services.registry.head().revision);
  const entry = services.registry.get(route.info, target.namespace, target.name);
  if (entry === undefined) throw notFound(route.info, target.name);
  sendEntry(services, call, route, 200, entry);
}

/** Answers with one object in the form the client asked for. */
export function sendEntry(services: Services, call: Call, route: Route, code: number, entry: Entry): void {
  const { format } = call;
  const { info } = route;
  if (format.as !== 'object') sendForm(services, call, code, info, services.encoder.object(info, entry));
  else if (format.codec === undefined) sendJsonBytes(call, code, services.encoder.bytes(info, entry));
  else sendValue(call, code, services.encoder.object(info, entry));
}

/** Answers with the metadata of an object, or its row, as the client asked. Throws NotAcceptable for a list. */
export function sendForm(
  services: Services,
  call: Call,
  code: number,
  about: Tabled & { readonly kind: string },
  object: KubeObject,
): void {
  const { as, version } = call.format;
  if (as === 'partial') sendText(call, code, partialText(object, version));
  else if (as === 'table') {
    const row = { include: includeOf(call), version, now: services.clock.now() };
    const head = tableHead(about, version, { resourceVersion: object.metadata.resourceVersion });
    sendText(call, code, head + rowText(about, object, row) + tableTail);
  } else {
    const why = `you requested PartialObjectMetadataList, but the requested object is not a list (*core.${about.kind})`;
    throw new ApiError('NotAcceptable', why);
  }
}

function sendText(call: Call, code: number, text: string): void {
  sendJsonBytes(call, code, Buffer.from(text));
}
