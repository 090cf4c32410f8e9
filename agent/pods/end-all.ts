/** Ending every Pod a runtime has, within a time: what is not over by then is told, with what is waited for. */
import type { Clock } from '../../hub/base/clock.ts';
import type { Runtime } from '../runtime/runtime.ts';

/** What to end, and how. */
export interface EndAllOptions {
  /** Not started yet; it is stopped in the end. */
  readonly runtime: Pick<Runtime, 'start' | 'stop' | 'list' | 'stopContainer' | 'stopSandbox' | 'removeSandbox'>;
  /** Seconds the containers of a Pod get. */
  readonly grace: (uid: string) => number;
  /** Nothing of the Pods is to be left, neither with the runtime nor what this takes away: it is told their uids. */
  readonly forget?: (uids: ReadonlySet<string>) => Promise<void>;
  /** Milliseconds all of it may take. */
  readonly patience: number;
  readonly clock: Clock;
}

/** Names of Pods told in one sentence. */
const toldNames = 5;

/** Answers how many containers ran. Rejects with one sentence when it takes too long; what is under way then goes on. */
export async function endAllPods({ runtime, grace, forget, patience, clock }: EndAllOptions): Promise<number> {
  /** What is waited for, by Pod, and when it is for none of them. */
  const waiting = new Map<string, string>();
  let stage = 'the container runtime to tell what there is';
  const over = new AbortController();
  const late = clock.sleep(patience, over.signal).then(() => {
    if (over.signal.aborted) return 0;
    const [first = stage] = waiting.values();
    const names = [...waiting.keys()];
    const more = names.length > toldNames ? ` and ${names.length - toldNames} more` : '';
    const of = names.length === 0 ? '' : ` of ${names.slice(0, toldNames).join(', ')}${more}`;
    throw new Error(`gave up after ${patience / 1000} s, waiting for ${first}${of}: try again`);
  });
  const work = async (): Promise<number> => {
    await runtime.start();
    const { containers, sandboxes } = await runtime.list();
    const names = new Map([...sandboxes, ...containers.map(({ pod }) => pod)].map((pod) => [pod.uid, nameOf(pod)]));
    const running = containers.filter(({ state }) => state === 'running');
    const end = async ([uid, name]: [string, string]): Promise<void> => {
      waiting.set(name, 'the containers');
      const own = running.filter(({ pod }) => pod.uid === uid);
      await Promise.all(own.map(({ id }) => runtime.stopContainer(id, grace(uid))));
      waiting.set(name, 'the network');
      await runtime.stopSandbox(uid);
      waiting.set(name, 'the removal');
      if (forget !== undefined) await runtime.removeSandbox(uid);
      waiting.delete(name);
    };
    await Promise.all([...names].map(end));
    stage = 'the volumes to be taken down';
    await forget?.(new Set(names.keys()));
    stage = 'the container runtime to let go';
    await runtime.stop();
    return running.length;
  };
  try {
    return await Promise.race([work(), late]);
  } finally {
    over.abort();
  }
}

function nameOf({ namespace, name }: { readonly namespace: string; readonly name: string }): string {
  return `${namespace}/${name}`;
}
