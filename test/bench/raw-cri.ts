/** Containers started through CRI alone, one call after the other: the floor for what starting a Pod costs. */
import { randomUUID } from 'node:crypto';
import { Client, credentials } from '@grpc/grpc-js';
import { loadMethods } from '../../agent/runtime/cri/methods.ts';

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
export async function connectRawCri(socket: string): Promise<RawCri> {
  const client = new Client(`unix://${socket}`, credentials.createInsecure());
  const methods = await loadMethods();
  const call = <T>(name: string, request: object): Promise<T> =>
    new Promise((resolve, reject) => {
      const method = methods.get(name);
      if (method === undefined) throw new Error(`CRI has no call ${name}`);
      client.makeUnaryRequest(method.path, method.write, method.read, request, (error, answer) =>
        error === null ? resolve(answer as T) : reject(error),
      );
    });
  const started: string[] = [];
  return {
    async startPod({ image, command, logs }) {
      const uid = randomUUID();
      const config = {
        metadata: { name: uid, uid, namespace: 'raw', attempt: 0 },
        hostname: 'raw',
        logDirectory: logs,
        linux: {},
      };
      const began = performance.now();
      const { podSandboxId } = await call<{ podSandboxId: string }>('RunPodSandbox', { config });
      started.push(podSandboxId);
      const container = {
        metadata: { name: 'main', attempt: 0 },
        image: { image },
        command,
        logPath: `${uid}.log`,
        linux: { resources: {}, securityContext: {} },
      };
      const { containerId } = await call<{ containerId: string }>('CreateContainer', {
        podSandboxId,
        config: container,
        sandboxConfig: config,
      });
      await call('StartContainer', { containerId });
      return performance.now() - began;
    },
    async removePods() {
      for (const podSandboxId of started.splice(0)) {
        await call('StopPodSandbox', { podSandboxId });
        await call('RemovePodSandbox', { podSandboxId });
      }
    },
    close: () => client.close(),
  };
}
