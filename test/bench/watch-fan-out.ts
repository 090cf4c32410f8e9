/** How fast one change reaches many watchers. */
import { type LoadClient, series } from './load-client.ts';
import { type Measurement, quantile } from './measurement.ts';

const added = Buffer.from('{"type":"ADDED"');
const named = Buffer.from('"name":"wt-');
const quote = '"'.charCodeAt(0);
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
  const sent: number[] = [];
  const latencies: number[] = [];
  const expected = size.watchers * size.events;
  let done = (): void => {};
  const all = new Promise<void>((resolve) => {
    done = resolve;
  });
  const line = (bytes: Buffer): void => {
    const from = bytes.indexOf(named) + named.length;
    if (from < named.length || !bytes.subarray(0, added.length).equals(added)) return;
    const index = bytes.toString('latin1', from, bytes.indexOf(quote, from));
    latencies.push(performance.now() - (sent[Number(index)] ?? 0));
    if (latencies.length === expected) done();
  };
  const path = `${where}/configmaps?watch=true&labelSelector=app%3Dwatchtest`;
  const closers = await Promise.all(Array.from({ length: size.watchers }, () => client.bareWatch(path, line)));
  const began = performance.now();
  await series(size.events, 4, (index) => {
    sent[index] = performance.now();
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
