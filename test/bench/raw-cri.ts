/** Containers started through CRI alone, one call after the other: the floor for what starting a Pod costs. */
import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { credentials, loadPackageDefinition, type ServiceClientConstructor } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';

const proto = fileURLToPath(new URL('../../agent/runtime/cri/cri.proto', import.meta.url));

/** What one Pod is made of. */
export interface RawPodOptions {
  readonly image: string;
  readonly command: readonly string[];
  /** Directory for logs. */
  readonly logs: string;
}

/** A runtime spoken to directly. */
export interface RawCri {
  /** RunPodSandbox, CreateContainer, StartContainer; answers milliseconds. */
  startPod(options: RawPodOptions): Promise<number>;
  /** Stops and removes every sandbox it started. */
  removePods(): Promise<void>;
  close(): void;
}

/** Connects to the runtime that listens at `socket`. */
export function connectRawCri(socket: string): RawCri {
  const loaded = loadPackageDefinition(loadSync(proto, { keepCase: true, longs: Number, defaults: true }));
  const { RuntimeService } = (loaded['runtime'] as unknown as { v1: Record<string, ServiceClientConstructor> }).v1;
  if (RuntimeService === undefined) throw new Error('the protocol has no RuntimeService');
  const client = new RuntimeService(`unix://${socket}`, credentials.createInsecure());
  const call = <T>(method: string, request: object): Promise<T> =>
    new Promise((resolve, reject) => {
      const unary = client[method] as (request: object, done: (error: Error | null, answer: T) => void) => void;
      unary.call(client, request, (error, answer) => (error === null ? resolve(answer) : reject(error)));
    });
  const started: string[] = [];
  return {
    async startPod({ image, command, logs }) {
      const uid = randomUUID();
      const config = {
        metadata: { name: uid, uid, namespace: 'raw', attempt: 0 },
        hostname: 'raw',
        log_directory: logs,
        linux: {},
      };
      const began = performance.now();
      const { pod_sandbox_id } = await call<{ pod_sandbox_id: string }>('RunPodSandbox', { config });
      started.push(pod_sandbox_id);
      const container = {
        metadata: { name: 'main', attempt: 0 },
        image: { image },
        command,
        log_path: `${uid}.log`,
        linux: { resources: {}, security_context: {} },
      };
      const { container_id } = await call<{ container_id: string }>('CreateContainer', {
        pod_sandbox_id,
        config: container,
        sandbox_config: config,
      });
      await call('StartContainer', { container_id });
      return performance.now() - began;
    },
    async removePods() {
      for (const pod_sandbox_id of started.splice(0)) {
        await call('StopPodSandbox', { pod_sandbox_id });
        await call('RemovePodSandbox', { pod_sandbox_id });
      }
    },
    close: () => client.close(),
  };
}
