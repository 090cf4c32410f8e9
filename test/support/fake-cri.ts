/** A CRI runtime in memory behind a real socket: for what the containerd at hand does not do, such as CRI's own events. */
import { fileURLToPath } from 'node:url';
import {
  type GrpcObject,
  loadPackageDefinition,
  Server,
  ServerCredentials,
  type ServerWritableStream,
  type ServiceClientConstructor,
  status,
  type UntypedHandleCall,
} from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';

type Stream = ServerWritableStream<object, object>;
type Answer = (error: object | null, answer?: object) => void;

/** What there is. States in the words of CRI; change them, then announce that, or do not. */
export interface FakeCri {
  readonly containers: Map<string, { state: string; labels: Record<string, string>; exitCode?: number }>;
  /** Tells an event to those who listen. */
  announce(containerId: string, containerEventType: string): void;
  /** How many listen to events. */
  readonly listeners: number;
  /** Calls by name, in their order. */
  readonly calls: string[];
  stop(): Promise<void>;
}

/** Serves at the socket `path`; with `events` it has CRI's own events. */
export async function startFakeCri(path: string, { events }: { events: boolean }): Promise<FakeCri> {
  const proto = fileURLToPath(new URL('../../agent/runtime/cri/cri.proto', import.meta.url));
  const loaded = loadPackageDefinition(loadSync(proto, { longs: Number, enums: String, defaults: true }));
  const { RuntimeService } = (loaded['runtime'] as GrpcObject)['v1'] as Record<string, ServiceClientConstructor>;
  const containers: FakeCri['containers'] = new Map();
  const streams = new Set<Stream>();
  const calls: string[] = [];
  const answers: Record<string, (request: Record<string, unknown>) => object | undefined> = {
    Version: () => ({ runtimeName: 'fake', runtimeVersion: '1.2.3' }),
    Status: () => ({ status: { conditions: [{ type: 'RuntimeReady', status: true }] } }),
    RuntimeConfig: () => ({ linux: { cgroupDriver: 'CGROUPFS' } }),
    ListPodSandbox: () => ({ items: [] }),
    ListContainers({ filter }) {
      const wanted = Object.entries((filter as { labelSelector?: Record<string, string> } | null)?.labelSelector ?? {});
      const found = [...containers].filter(([, { labels }]) => wanted.every(([key, value]) => labels[key] === value));
      return { containers: found.map(([id, { state, labels }]) => ({ id, state, labels })) };
    },
    ContainerStatus({ containerId }) {
      const found = containers.get(String(containerId));
      return found && { status: { id: containerId, metadata: { name: 'main', attempt: 0 }, ...found } };
    },
  };
  const handlers: Record<string, UntypedHandleCall> = {};
  for (const [name, answer] of Object.entries(answers))
    handlers[name] = (call: { request: Record<string, unknown> }, done: Answer) => {
      calls.push(name);
      const found = answer(call.request);
      if (found === undefined) done({ code: status.NOT_FOUND, details: 'not found' });
      else done(null, found);
    };
  if (events)
    handlers['GetContainerEvents'] = (call: Stream) => {
      streams.add(call);
      call.on('cancelled', () => streams.delete(call));
    };
  const server = new Server();
  server.addService(RuntimeService?.service ?? {}, handlers);
  await new Promise<void>((resolve, reject) =>
    server.bindAsync(`unix://${path}`, ServerCredentials.createInsecure(), (error) =>
      error === null ? resolve() : reject(error),
    ),
  );
  return {
    containers,
    calls,
    get listeners() {
      return streams.size;
    },
    announce(containerId, containerEventType) {
      for (const stream of streams) stream.write({ containerId, containerEventType });
    },
    async stop() {
      server.forceShutdown();
    },
  };
}
