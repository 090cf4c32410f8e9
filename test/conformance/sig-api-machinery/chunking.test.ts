/** Lists in pages. */
import assert from 'node:assert/strict';
import { core } from '../objects.ts';
import { type ApiObject, type Cluster, conformance } from '../suite.ts';

interface Page {
  metadata: { resourceVersion: string; continue?: string; remainingItemCount?: number };
  items: ApiObject[];
}

const names = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => `template-${String(index).padStart(4, '0')}`);

/** Runs `work` for each of `list`, 8 at a time. */
async function inParallel<T>(list: readonly T[], work: (one: T) => Promise<unknown>): Promise<void> {
  const rest = [...list];
  const worker = async (): Promise<void> => {
    for (let one = rest.pop(); one !== undefined; one = rest.pop()) await work(one);
  };
  await Promise.all(Array.from({ length: 8 }, worker));
}

async function makeTemplates(cluster: Cluster, count: number): Promise<void> {
  await inParallel(names(count), (name) =>
    cluster.ok('POST', core(cluster, 'podtemplates'), {
      apiVersion: 'v1',
      kind: 'PodTemplate',
      metadata: { name },
      template: { spec: { containers: [{ name: 'test', image: 'test' }] } },
    }),
  );
}

const page = (cluster: Cluster, limit: number, token = ''): string =>
  `${core(cluster, 'podtemplates')}?limit=${limit}&continue=${encodeURIComponent(token)}`;

conformance('[sig-api-machinery] chunking.go: chunked lists', async (cluster) => {
  await makeTemplates(cluster, 400);
  for (const limit of [17, 200]) {
    const found: string[] = [];
    let revision: string | undefined;
    for (let token: string | undefined = ''; token !== undefined; ) {
      const { metadata, items }: Page = await cluster.ok<Page>('GET', page(cluster, limit, token));
      revision ??= metadata.resourceVersion;
      assert.equal(metadata.resourceVersion, revision);
      assert.ok(items.length <= limit);
      found.push(...items.map((one) => one.metadata.name));
      assert.equal(metadata.remainingItemCount, found.length === 400 ? undefined : 400 - found.length);
      token = metadata.continue || undefined;
    }
    assert.deepEqual(found, names(400));
  }
  const whole = await cluster.ok<Page>('GET', core(cluster, 'podtemplates'));
  assert.deepEqual(
    whole.items.map((one) => one.metadata.name),
    names(400),
  );
});

conformance('[sig-api-machinery] chunking.go: expired continue token', async (cluster) => {
  await makeTemplates(cluster, 40);
  const first = await cluster.ok<Page>('GET', page(cluster, 10));
  const token = first.metadata.continue ?? '';
  // the hub remembers some ten thousand changes of a kind (or five minutes of them): write more than that
  const writes = Array.from({ length: 12_600 }, (_, index) => index);
  await inParallel(writes, (index) =>
    cluster.patch('merge', core(cluster, 'podtemplates', names(40)[20 + (index % 20)]), {
      metadata: { annotations: { write: String(index) } },
    }),
  );
  const late = await cluster.api('GET', page(cluster, 10, token));
  assert.equal(late.status, 410);
  assert.equal(late.body['reason'], 'Expired');
  const resume = late.body.metadata['continue'] as string;
  assert.ok(resume);
  const second = await cluster.ok<Page>('GET', page(cluster, 10, resume));
  assert.notEqual(second.metadata.resourceVersion, first.metadata.resourceVersion);
  assert.equal(second.items[0]?.metadata.name, names(40)[10]);
  const rest = await cluster.ok<Page>('GET', page(cluster, 0, second.metadata.continue));
  assert.deepEqual(
    [...second.items, ...rest.items].map((one) => one.metadata.name),
    names(40).slice(10),
  );
});
