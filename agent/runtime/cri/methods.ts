/** How each call looks on the wire: its path, and the two functions that write the request and read the answer. */
import { readFile } from 'node:fs/promises';
import type { Calls, Streams } from './messages.ts';
import { parseProto, type ProtoFile } from './proto-file.ts';
import { type Codec, codecOf } from './wire.ts';

/** One call. */
export interface Method {
  readonly path: string;
  readonly write: Codec['write'];
  readonly read: Codec['read'];
}

/** Containerd's own API has a package for each service; its messages stand together in containerd.proto. */
const containerdCalls = {
  View: ['snapshots.v1.Snapshots', 'ViewSnapshotRequest', 'MountsResponse'],
  Mounts: ['snapshots.v1.Snapshots', 'SnapshotKey', 'MountsResponse'],
  Remove: ['snapshots.v1.Snapshots', 'SnapshotKey', 'Empty'],
  Kill: ['tasks.v1.Tasks', 'KillRequest', 'Empty'],
  Subscribe: ['events.v1.Events', 'SubscribeRequest', 'Envelope'],
} as const satisfies Partial<Record<keyof Calls | keyof Streams, readonly [string, string, string]>>;

/** Names of containerd's own calls, which want to be told a namespace. */
export const ownToContainerd: ReadonlySet<string> = new Set(Object.keys(containerdCalls));

/** All calls by name, out of the proto files. */
export async function loadMethods(): Promise<ReadonlyMap<string, Method>> {
  const methods = new Map<string, Method>();
  const add = (file: ProtoFile, name: string, path: string, types: { request: string; response: string }): void => {
    methods.set(name, { path, write: codecOf(file, types.request).write, read: codecOf(file, types.response).read });
  };
  const load = async (name: string): Promise<ProtoFile> =>
    parseProto(await readFile(new URL(name, import.meta.url), 'utf8'));
  const cri = await load('./cri.proto');
  for (const [name, call] of cri.calls) add(cri, name, call.path, call);
  const own = await load('./containerd.proto');
  for (const [name, [service, request, response]] of Object.entries(containerdCalls))
    add(own, name, `/containerd.services.${service}/${name}`, { request, response });
  return methods;
}
