/**
 * Keeps the labels of one Node as its machine is: applied when the program starts and when devices come or go, and taken away
 * when the addon goes, which is when its DaemonSet is no more.
 */
import { backoffDelay } from '../../../hub/base/backoff.ts';
import { patchTypes } from '../client/client.ts';
import { isGoing } from '../client/going.ts';
import type { ProgramContext, RunningProgram } from '../client/program.ts';
import { type DeviceWatch, watchDevices } from './device-watch.ts';
import { readFacts } from './facts.ts';
import { labelsOf } from './labels.ts';

/** The field manager whose labels these are: what it no longer applies is removed by the API. */
const manager = 'coracle-device-labels';

const backoff = { first: 1000, limit: 60_000, jitter: 0.5 };

/** Milliseconds an end may take. */
const lastWords = 10_000;

/** Where the program works. */
export interface NodeLabelsOptions extends ProgramContext {
  /** The Node of this machine. */
  readonly node: string;
  /** The program's own DaemonSet. */
  readonly daemonSet: string;
  /** Where the machine's files are: / but in tests. */
  readonly root: string;
}

/** Starts; failures are tried again. Rejects when devices cannot be watched. */
export async function keepNodeLabels(options: NodeLabelsOptions): Promise<RunningProgram> {
  const { client, clock, daemonSet, log, node, random, root } = options;
  const ended = new AbortController();
  let running: Promise<void> | undefined;
  let isAgain = false;
  const apply = (labels: Record<string, string>, signal: AbortSignal): Promise<unknown> =>
    client.patch(
      `/api/v1/nodes/${node}`,
      { apiVersion: 'v1', kind: 'Node', metadata: { name: node, labels } },
      { type: patchTypes.apply, query: { fieldManager: manager, force: true }, signal },
    );
  let told = '';
  const once = async (): Promise<void> => {
    const labels = labelsOf(await readFacts(root));
    const text = JSON.stringify(labels);
    if (text === told) return;
    await apply(labels, ended.signal);
    told = text;
    log.info({ node, labels: Object.keys(labels).length }, 'the Node is labelled');
  };
  const update = async (): Promise<void> => {
    for (let failures = 0; isAgain && !ended.signal.aborted; ) {
      isAgain = false;
      try {
        await once();
      } catch (error) {
        if (ended.signal.aborted) return;
        isAgain = true;
        failures += 1;
        log.warn({ node, failures, error: error instanceof Error ? error.message : String(error) }, 'cannot label');
        await clock.sleep(backoffDelay(backoff, failures, random()), ended.signal);
      }
    }
  };
  const changed = (): void => {
    isAgain = true;
    running ??= update().finally(() => {
      running = undefined;
    });
  };
  const failed = (error: Error): void => log.warn({ error: error.message }, 'devices are no longer watched');
  const devices: DeviceWatch = await watchDevices({ root, clock, changed, failed });
  changed();
  return {
    async stop() {
      devices.stop();
      ended.abort();
      await running;
      const signal = AbortSignal.timeout(lastWords);
      if (await isGoing(client, daemonSet, signal)) await apply({}, signal);
    },
  };
}
