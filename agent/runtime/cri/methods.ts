/** How each call looks on the wire: its path, and the two functions that write the request and read the answer. */
import { fileURLToPath } from 'node:url';
import { loadSync } from '@grpc/proto-loader';
import type { Calls, Streams } from './messages.ts';

/** One call. */
export interface Method {
  readonly path: string;
  readonly write: (message: object) => Buffer;
  readonly read: (bytes: Buffer) => object;
}

/** Containerd's own API has a package for each service; its messages stand together in containerd.proto. */
const containerdMethods = {
  View: ['snapshots.v1.Snapshots', 'ViewSnapshotRequest', 'MountsResponse'],
  Mounts: ['snapshots.v1.Snapshots', 'SnapshotKey', 'MountsResponse'],
  Remove: ['snapshots.v1.Snapshots', 'SnapshotKey', 'Empty'],
  Kill: ['tasks.v1.Tasks', 'KillRequest', 'Empty'],
  Subscribe: ['events.v1.Events', 'SubscribeRequest', 'Envelope'],
} as const satisfies Partial<Record<keyof Calls | keyof Streams, readonly [string, string, string]>>;

/** Names of containerd's own calls, which want to be told a namespace. */
export const ownToContainerd: ReadonlySet<string> = new Set(Object.keys(containerdMethods));

/** All calls by name. Reads the proto files; what the loader makes beside the codecs is let go. */
export function loadMethods(): ReadonlyMap<string, Method> {
  const options = { longs: Number, enums: String, defaults: true } as const;
  const file = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
  const methods = new Map<string, Method>();
  const cri = loadSync(file('./cri.proto'), options);
  for (const service of ['runtime.v1.RuntimeService', 'runtime.v1.ImageService'])
    for (const [name, { path, requestSerialize, responseDeserialize }] of Object.entries(cri[service] ?? {}))
      methods.set(name, { path, write: requestSerialize, read: responseDeserialize });
  const own = loadSync(file('./containerd.proto'), options);
  const codec = (name: string): { serialize: Method['write']; deserialize: Method['read'] } => {
    const found = own[`containerd.${name}`];
    if (found === undefined || !('serialize' in found)) throw new Error(`containerd.proto has no message ${name}`);
    return found as unknown as { serialize: Method['write']; deserialize: Method['read'] };
  };
  for (const [name, [service, request, response]] of Object.entries(containerdMethods))
    methods.set(name, {
      path: `/containerd.services.${service}/${name}`,
      write: codec(request).serialize,
      read: codec(response).deserialize,
    });
  return methods;
}
