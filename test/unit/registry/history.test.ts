/** How much the window of recent changes may hold. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { KubeObject } from '../../../hub/api/object.ts';
import { configMaps, type ResourceRef, secrets } from '../../../hub/api/resource.ts';
import { createCatalogue } from '../../../hub/kinds/catalogue.ts';
import { StoredEntry, ParsedObjects } from '../../../hub/registry/entry.ts';
import { History } from '../../../hub/registry/history.ts';
import { objectBytes } from '../../../hub/registry/object-bytes.ts';

const catalogue = createCatalogue();
const parsed = new ParsedObjects(4);

function add(history: History, ref: ResourceRef, revision: number, text: string): number {
  const info = catalogue.find(ref.group, ref.version, ref.resource);
  if (info === undefined) throw new Error(ref.resource);
  const object: KubeObject = { kind: info.kind, apiVersion: 'v1', metadata: { name: `o${revision}` }, data: { text } };
  const bytes = objectBytes(object);
  const entry = new StoredEntry({ info, key: `k${revision}`, revision, bytes, object, parsed });
  history.add({ type: 'ADDED', revision, entry, previous: undefined });
  return bytes.length;
}

describe('the window of recent changes', () => {
  it('holds no more bytes than it may, and who fills it loses their own oldest', () => {
    const most = 100_000;
    const history = new History({ limit: 10_000, bytes: most, floor: 0 });
    add(history, secrets, 1, 'kept');
    const sizes = new Map<number, number>();
    for (let revision = 2; revision <= 1000; revision++)
      sizes.set(revision, add(history, configMaps, revision, 'x'.repeat(1000)));
    const lost = history.oldest(configMaps);
    const kept = history.since(configMaps, lost) ?? [];
    assert.ok(lost > 1);
    assert.equal(kept[0]?.revision, lost + 1);
    assert.equal(kept.at(-1)?.revision, 1000);
    const held = kept.reduce((sum, { revision }) => sum + (sizes.get(revision) ?? 0), 0);
    assert.ok(held <= most && held > most / 3, `${held} bytes`);
    assert.equal(history.since(configMaps, lost - 1), undefined);
    assert.equal(history.since(secrets, 0)?.length, 1);
  });

  it('counts what compaction takes away', () => {
    const history = new History({ limit: 10_000, bytes: 5000, floor: 0 });
    for (let revision = 1; revision <= 100; revision++) {
      add(history, configMaps, revision, 'x'.repeat(1000));
      history.compact(revision - 1);
    }
    for (let revision = 101; revision <= 103; revision++) add(history, configMaps, revision, 'x'.repeat(1000));
    assert.equal(history.since(configMaps, 99)?.length, 4);
  });
});

describe('the bytes of an object', () => {
  it('lie in memory of their own, so that an object that stays holds nothing else', () => {
    const object: KubeObject = { kind: 'ConfigMap', apiVersion: 'v1', metadata: { name: 'ä' } };
    const bytes = objectBytes(object);
    assert.equal(bytes.buffer.byteLength, bytes.length);
    assert.deepEqual(JSON.parse(bytes.toString()), object);
  });
});
