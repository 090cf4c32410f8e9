/** Bodies of custom objects: what they say they are. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { CustomResourceDefinition } from '../../../hub/api/custom-resource.ts';
import { createConformer } from '../../../hub/kinds/conform.ts';
import { rowsOf } from '../../../hub/kinds/custom/rows.ts';
import { loadSchemas } from '../../../hub/kinds/load-schemas.ts';
import type { Call } from '../../../hub/server/call.ts';
import { decodeBody } from '../../../hub/server/decode-body.ts';
import type { Services } from '../../../hub/server/services.ts';

const definition: CustomResourceDefinition = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'boats.e' },
  spec: {
    group: 'e',
    names: { plural: 'boats', kind: 'Boat' },
    scope: 'Cluster',
    versions: [{ name: 'v1', served: true, storage: true }],
  },
  status: { conditions: [{ type: 'Established', status: 'True' }] },
};
const [row] = rowsOf(definition, { makeRules: () => undefined, read: () => definition }).served;
const services = { conformer: createConformer(loadSchemas()) } as Services;
const call = { req: { headers: { 'content-type': 'application/json' } } } as unknown as Call;

function decode(body: string): unknown {
  assert.ok(row !== undefined);
  return decodeBody(services, call, row, Buffer.from(body), 'Ignore');
}

describe('the body of a custom object', () => {
  it('is read', () => assert.ok(decode('{"apiVersion":"e/v1","kind":"Boat","metadata":{"name":"b"}}')));

  it('is refused when it does not say its kind', () => {
    const body = '{"apiVersion":"e/v1","metadata":{"name":"b"}}';
    const message = `the object provided is unrecognized (must be of type Boat): Object 'Kind' is missing in '${body}' (${body.slice(0, 30)} ...)`;
    assert.throws(() => decode(body), { code: 400, message });
  });
});
