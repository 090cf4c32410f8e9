/** GET of one object. */
import { ApiError, notFound } from '../api/errors.ts';
import type { Entry } from '../registry/registry.ts';
import type { Call } from './call.ts';
import { checkRevision } from './list-options.ts';
import { partialText } from './partial.ts';
import { sendJsonBytes, sendValue } from './respond.ts';
import type { Route } from './route.ts';
import type { Services } from './services.ts';
import { includeOf, rowText, tableHead, tableTail } from './table.ts';

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
  switch (format.as) {
    case 'object':
      if (format.codec === undefined) sendJsonBytes(call, code, services.encoder.bytes(info, entry));
      else sendValue(call, code, services.encoder.object(info, entry));
      return;
    case 'partial':
      sendText(call, code, partialText(services.encoder.object(info, entry), format.version));
      return;
    case 'partial-list':
      throw new ApiError(
        'NotAcceptable',
        `you requested PartialObjectMetadataList, but the requested object is not a list (*core.${info.kind})`,
      );
    case 'table': {
      const row = { include: includeOf(call), version: format.version, now: services.clock.now() };
      const object = services.encoder.object(info, entry);
      const head = tableHead(info, format.version, { resourceVersion: object.metadata.resourceVersion });
      sendText(call, code, head + rowText(info, object, row) + tableTail);
    }
  }
}

function sendText(call: Call, code: number, text: string): void {
  sendJsonBytes(call, code, Buffer.from(text));
}
