/** The text Prometheus reads. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { collect, Exposition, Histogram } from '../../../hub/base/metrics.ts';
import { processMetrics } from '../../../hub/base/process-metrics.ts';

test('families, labels and values are written as Prometheus reads them', () => {
  const text = new Exposition()
    .family('a_total', 'counter', 'Things.')
    .sample(3)
    .sample(1.5, { node: 'n1', none: '', odd: 'a"b\\c\nd' })
    .family('b', 'gauge', 'More.')
    .sample(Number.NaN, { none: '' })
    .toString();
  assert.equal(
    text,
    [
      '# HELP a_total Things.',
      '# TYPE a_total counter',
      'a_total 3',
      'a_total{node="n1",odd="a\\"b\\\\c\\nd"} 1.5',
      '# HELP b More.',
      '# TYPE b gauge',
      'b NaN',
      '',
    ].join('\n'),
  );
});

test('the buckets of a histogram add up', () => {
  const histogram = new Histogram([0.1, 1]);
  for (const value of [0.05, 0.1, 0.5, 2, 3]) histogram.observe(value);
  const twice = new Histogram([0.1, 1]);
  twice.add(histogram);
  twice.add(histogram);
  const text = new Exposition().family('h', 'histogram', 'H.').histogram(twice, { verb: 'GET' }).toString();
  assert.deepEqual(text.split('\n').slice(2, -1), [
    'h_bucket{verb="GET",le="0.1"} 4',
    'h_bucket{verb="GET",le="1"} 6',
    'h_bucket{verb="GET",le="+Inf"} 10',
    'h_sum{verb="GET"} 11.3',
    'h_count{verb="GET"} 10',
  ]);
});

test('collectors write in their order, and let others work in between', async () => {
  const order: string[] = [];
  setImmediate(() => order.push('other'));
  const text = await collect([
    function* first(into) {
      into.family('first', 'gauge', 'F.').sample(1);
      yield;
      order.push('first goes on');
      into.family('second', 'gauge', 'S.').sample(2);
    },
    processMetrics,
  ]);
  assert.deepEqual(order, ['other', 'first goes on']);
  assert.match(text, /^first 1\n[\s\S]*^second 2\n[\s\S]*^process_resident_memory_bytes \d{6,}\n/m);
});
