/** GET of a collection. */
import { ApiError } from '../../api/errors.ts';
import { apiVersionOf } from '../../api/resource.ts';
import { typeOf } from '../../kinds/built-in.ts';
import type { ResourceInfo } from '../../kinds/kind.ts';
import type { Entry } from '../../registry/registry.ts';
import type { Call } from '../call.ts';
import { listOptions } from './list-options.ts';
import { partialBytes } from '../partial.ts';
import { contentTypes } from '../respond.ts';
import type { Route } from '../route.ts';
import { RowWriter } from '../row-writer.ts';
import { type Items, sendPieces } from './list-stream.ts';
import { sendList } from './send-list.ts';
import type { Services } from '../services.ts';
import { includeOf, tableFrame } from '../table.ts';

/** metav1.ListMeta. */
interface ListMeta {
  resourceVersion?: string;
  continue?: string;
  remainingItemCount?: number;
}

/** Answers with the objects a request selects. */
export function list(services: Services, call: Call, route: Route): Promise<void> {
  const { registry } = services;
  const result = registry.list(route.info, listOptions(call, registry.head().revision));
  const metadata: ListMeta = {
    resourceVersion: String(result.revision),
    ...(result.continue === undefined ? {} : { continue: result.continue }),
    ...(result.remaining === undefined || result.continue === undefined
      ? {}
      : { remainingItemCount: result.remaining }),
  };
  return sendEntries(services, call, route.info, result.entries, metadata);
}

/** Answers with a list of entries in the form the client asked for. */
export function sendEntries(
  services: Services,
  call: Call,
  info: ResourceInfo,
  entries: readonly Entry[],
  metadata: ListMeta,
): Promise<void> {
  const { format } = call;
  const { encoder } = services;
  const size = entries.reduce((sum, entry) => sum + entry.bytes.length, 0);
  const items = (bytes: (entry: Entry) => Buffer, skip: Items['skip'], ready = false): Items => ({
    count: entries.length,
    size,
    ready,
    bytes: (index) => bytes(entries[index] as Entry),
    skip,
  });
  const nothing = (): number => 0;
  switch (format.as) {
    case 'object': {
      const message =
        format.codec === undefined ? undefined : messageOf(services, call, info, { entries, metadata, size });
      if (message !== undefined) {
        if (call.audit?.wantsAnswer === true) {
          const whole = entries.map((entry) => encoder.object(info, entry));
          call.audit.answered({ kind: info.listKind, apiVersion: apiVersionOf(info), metadata, items: whole });
        }
        return sendPieces(call, message, contentTypes.protobuf);
      }
      const kind = `{"kind":"${info.listKind}","apiVersion":"${apiVersionOf(info)}"`;
      return sendList(
        call,
        items(
          (entry) => encoder.bytes(info, entry),
          (bytes) => encoder.headLength(info, bytes),
          encoder.isStored(info),
        ),
        { head: `${kind},"metadata":${JSON.stringify(metadata)},"items":[`, tail: ']}\n' },
      );
    }
    case 'table': {
      const row = { include: includeOf(call), version: format.version, now: services.clock.now() };
      const frame = tableFrame(info, format.version, metadata, entries.length);
      const rows = new RowWriter({ info, encoder, row });
      return sendList(
        call,
        items((entry) => rows.bytes(entry), nothing),
        { head: frame.head, tail: `${frame.tail}\n` },
      );
    }
    case 'partial-list': {
      const kind = `{"kind":"PartialObjectMetadataList","apiVersion":"meta.k8s.io/${format.version}"`;
      return sendList(
        call,
        items((entry) => partialBytes(encoder.metadata(info, entry), format.version), nothing),
        { head: `${kind},"metadata":${JSON.stringify(metadata)},"items":[`, tail: ']}\n' },
      );
    }
    case 'partial':
      throw new ApiError(
        'NotAcceptable',
        `you requested PartialObjectMetadata, but the requested object is a list (*core.${info.listKind})`,
      );
  }
}

/** Lists whose JSON is bigger than this many bytes are not turned into one message for clients that take JSON too. */
const biggestMessage = 8 * 1024 * 1024;

function messageOf(
  services: Services,
  call: Call,
  info: ResourceInfo,
  list: { entries: readonly Entry[]; metadata: ListMeta; size: number },
): Buffer | undefined {
  const { codec, orJson } = call.format;
  const { entries, metadata, size } = list;
  if (codec === undefined || (orJson === true && size > biggestMessage)) return undefined;
  const isStored = services.encoder.isStored(info);
  const items = {
    type: info.type,
    count: entries.length,
    at: (index: number) => services.encoder.glance(info, entries[index] as Entry),
    bytes: (index: number) => (isStored ? entries[index]?.bytes : undefined),
  };
  const head = { kind: info.listKind, apiVersion: apiVersionOf(info), metadata };
  return codec.encodeList(typeOf(info.group, info.version, info.listKind), head, items);
}
