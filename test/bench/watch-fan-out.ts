/** How fast one change reaches many watchers. */
import { type LoadClient, series } from './load-client.ts';
import { type Measurement, quantile } from './measurement.ts';

const where = '/api/v1/namespaces/bench-watch';

/** Deliveries a second to `watchers` while `events` objects are created. */
export async function watchFanOut(
  client: LoadClient,
  size: { watchers: number; events: number },
): Promise<Measurement> {
  await client.call('POST', '/api/v1/namespaces', {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: 'bench-watch' },
  });
  const sent = new Map<string, number>();
  const latencies: number[] = [];
  const expected = size.watchers * size.events;
  let done = (): void => {};
  const all = new Promise<void>((resolve) => {
    done = resolve;
  });
  const line = (text: string): void => {
    const name = /"name":"(wt-\d+)"/.exec(text)?.[1];
    if (name === undefined || !text.startsWith('{"type":"ADDED"')) return;
    latencies.push(performance.now() - (sent.get(name) ?? 0));
    if (latencies.length === expected) done();
  };
  const path = `${where}/configmaps?watch=true&labelSelector=app%3Dwatchtest`;
  const closers = await Promise.all(Array.from({ length: size.watchers }, () => client.watch(path, line)));
  const began = performance.now();
  await series(size.events, 4, (index) => {
    sent.set(`wt-${index}`, performance.now());
    return client.call('POST', `${where}/configmaps`, {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: `wt-${index}`, labels: { app: 'watchtest' } },
      data: { payload: 'x'.repeat(900) },
    });
  });
  await all;
  const seconds = (performance.now() - began) / 1000;
  for (const close of closers) close();
  latencies.sort((a, b) => a - b);
  return {
    name: `watch: ${size.watchers} watchers, ${size.events} events`,
    value: expected / seconds,
    unit: 'deliveries/s',
    target: { is: '>=', value: 80_000 },
    detail: { p50ms: quantile(latencies, 0.5), p99ms: quantile(latencies, 0.99) },
  };
}
