/** Makes what the steps of all Pods use out of what the node has. */
import type { RuntimeClass } from '../../hub/api/class.ts';
import { createImagePulls } from './images.ts';
import type { PodRecord } from './pod-record.ts';
import type { PodsOptions } from './pods-options.ts';
import { heldObjects } from './references.ts';
import type { StepContext } from './steps/step-context.ts';

/** When a token that could not be had is asked for again, in milliseconds. */
export const tokenRetry = 60_000;

const noResolver = { servers: [], searches: [], options: [] };

/** The context. */
export function createStepContext(
  options: PodsOptions & {
    readonly signal: AbortSignal;
    changed(uid: string): void;
    gone(record: PodRecord): void;
  },
): StepContext {
  const { node, held, runtime, clock, log, checkpoints, events, signal, volumes, files, tokens, changed } = options;
  const { images } = runtime;
  return {
    ...{ runtime, volumes, checkpoints, events, clock, log, signal, changed },
    gone: options.gone,
    boot: node.boot,
    base: options.environment ?? (() => ({})),
    hook: options.hook ?? (async () => {}),
    guard: options.guard ?? (async () => {}),
    ...(images === undefined ? {} : { images: createImagePulls({ images, events, clock, signal, changed }) }),
    ...(files === undefined || !runtime.mounts ? {} : { files }),
    dns: options.dns ?? (async () => ({ servers: [], domain: 'cluster.local', host: noResolver })),
    handler(pod) {
      const name = pod.spec.runtimeClassName;
      const found = name === undefined ? undefined : (held.get(`runtimeclasses//${name}`) as RuntimeClass | undefined);
      return found?.handler ?? '';
    },
    objects: (record) => heldObjects(held, record.checkpoint.namespace),
    async fields(record) {
      const { sandboxes } = await runtime.list(record.checkpoint.uid);
      const sandbox = sandboxes.find(({ ready }) => ready) ?? sandboxes[0];
      const hostAddresses = node.addresses();
      const podAddresses = record.pod.spec.hostNetwork === true ? hostAddresses : (sandbox?.addresses ?? []);
      return { nodeName: node.name, hostAddresses, podAddresses, allocatable: node.allocatable() };
    },
    async token(record, projection) {
      const again = (at: number): void => {
        record.refreshAt = Math.min(record.refreshAt ?? at, at);
      };
      try {
        const found = await tokens?.token(record.pod, projection);
        again(found?.refreshAt ?? clock.now() + tokenRetry);
        if (tokens !== undefined && found === undefined) {
          const account = record.pod.spec.serviceAccountName ?? 'default';
          const message = `the hub cannot be reached and no token of ServiceAccount "${account}" is kept on this node: the volume is without one until the hub is back`;
          events.report(record.pod, { type: 'Warning', reason: 'FailedMount', message });
        }
        return found?.token;
      } catch (error) {
        // also where the volume goes on with what it had
        again(clock.now() + tokenRetry);
        throw error;
      }
    },
    async forget(uid) {
      await volumes.remove(uid);
      await files?.remove(uid);
      await tokens?.remove(uid);
    },
  };
}
