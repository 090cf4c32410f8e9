/** Rows of stored objects are those of the objects parsed whole, to the byte. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeObject } from '../../../hub/api/object.ts';
import { createCatalogue } from '../../../hub/kinds/catalogue.ts';
import type { ResourceInfo } from '../../../hub/kinds/kind.ts';
import type { Entry } from '../../../hub/registry/registry.ts';
import { Encoder } from '../../../hub/server/encode.ts';
import { RowWriter } from '../../../hub/server/row-writer.ts';
import { type Include, rowText } from '../../../hub/server/table.ts';

const catalogue = createCatalogue();
const encoder = new Encoder({ catalogue, served: (_, entry) => entry.glance() });

function infoOf(kind: string): ResourceInfo {
  const all = catalogue.groupVersions().flatMap(({ resources }) => resources);
  const info = all.find((one) => one.kind === kind && one.group === '');
  assert.ok(info);
  return info;
}

const metadata = (index: number): KubeObject['metadata'] => ({
  name: `ü-${index}`,
  creationTimestamp: '2026-01-02T03:04:05Z',
  labels: { a: 'x'.repeat(index * 1000) },
  managedFields: [
    { manager: 'm', operation: 'Update', apiVersion: 'v1', fieldsType: 'FieldsV1', fieldsV1: { 'f:a': {} } },
  ],
});

const pod = (index: number): object => ({
  kind: 'Pod',
  apiVersion: 'v1',
  metadata: metadata(index),
  spec: { containers: [{ name: 'a' }, { name: 'b' }].slice(index % 2), nodeName: `→${index}` },
  status: { phase: 'Running', podIPs: [{ ip: '10.0.0.1' }], reason: index === 3 ? 'Lost\n"it"' : '' },
});

const map = (index: number): object => ({
  kind: 'ConfigMap',
  apiVersion: 'v1',
  metadata: metadata(index),
  data: { a: 'b' },
});

for (const [kind, make] of [
  ['Pod', pod],
  ['ConfigMap', map],
] as const) {
  for (const include of ['None', 'Metadata', 'Object'] satisfies Include[]) {
    test(`rows of ${kind} with ${include}`, () => {
      const info = infoOf(kind);
      const row = { include, version: 'v1', now: Date.parse('2026-01-03T00:00:00Z') };
      const rows = new RowWriter({ info, encoder, row });
      for (let index = 0; index < 8; index++) {
        const object = make(index) as KubeObject;
        const entry = { info, bytes: Buffer.from(JSON.stringify(object)), glance: () => object } as unknown as Entry;
        assert.equal(rows.bytes(entry).toString(), rowText(info, object, row));
      }
    });
  }
}
