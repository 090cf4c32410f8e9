/** What clients and kubelets do to a big cluster while it is measured. */
import { eventually } from '../../support/eventually.ts';
import type { LoadClient } from '../load-client.ts';
import { type Measurement, quantile } from '../measurement.ts';
import { pause } from '../usage.ts';
import type { Target } from './lists.ts';
import { pace, runPods } from './simulated-nodes.ts';

/** Times requests as they end. */
class Latencies {
  readonly #values: number[] = [];
  errors = 0;

  async time(call: Promise<{ status: number }>): Promise<void> {
    const began = performance.now();
    const status = await call.then(
      (answer) => answer.status,
      () => 599,
    );
    this.#values.push(performance.now() - began);
    if (status >= 300 && status !== 404) this.errors += 1;
  }

  figure(name: string, target: number): Measurement {
    const sorted = this.#values.sort((a, b) => a - b);
    return {
      name,
      value: quantile(sorted, 0.99),
      unit: 'ms',
      target: { is: '<=', value: target },
      detail: {
        p50: quantile(sorted, 0.5),
        most: sorted.at(-1) ?? 0,
        requests: sorted.length,
        errors: this.errors,
      },
    };
  }
}

/** Gets and patches of random Pods for `seconds`, while others of them are deleted and made anew. */
export async function underLoad(client: LoadClient, pods: readonly Target[], seconds: number): Promise<Measurement[]> {
  const failures: string[] = [];
  const failed = (why: string): void => void failures.push(why);
  const { resourceVersion } = (
    JSON.parse((await client.call('GET', '/api/v1/pods?limit=1')).text()) as { metadata: { resourceVersion: string } }
  ).metadata;
  const kubelets = await runPods(client, resourceVersion, failed);
  const path = ({ namespace, name }: Target): string => `/api/v1/namespaces/${namespace}/pods/${name}`;
  // a stride that is prime to every size visits each Pod once
  const some = (index: number, offset: number): Target =>
    pods[(index * 7919 + offset) % pods.length] ?? { namespace: '', name: '' };
  const gets = new Latencies();
  const writes = new Latencies();
  const ends = [
    pace(200, (index) => void gets.time(client.call('GET', path(some(index, 1))))),
    pace(50, (index) => {
      const body = { metadata: { annotations: { 'example.com/seen': String(index) } } };
      void writes.time(client.call('PATCH', path(some(index, 2)), body, 'application/merge-patch+json'));
    }),
    pace(20, (index) => void writes.time(client.call('DELETE', path(some(index, 3))))),
  ];
  await pause(seconds);
  for (const end of ends) end();
  const deleted = Math.floor(seconds * 20 * 0.95);
  await eventually('deleted Pods are replaced', () => kubelets.started >= deleted, 30_000).catch(failed);
  kubelets.close();
  return [
    gets.figure('GET of a Pod, p99', 50),
    writes.figure('PATCH and DELETE of Pods, p99', 200),
    {
      name: 'Pods ended and started meanwhile',
      value: Math.min(kubelets.started, kubelets.ended) / seconds,
      unit: 'Pods/s',
      target: { is: '>=', value: 19 },
      detail: { failures: failures.length, first: failures[0] ?? '' },
    },
  ];
}
