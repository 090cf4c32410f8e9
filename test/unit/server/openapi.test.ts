/** OpenAPI documents: complete, consistent, and in the forms kubectl asks for. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { createCatalogue } from '../../../hub/kinds/catalogue.ts';
import { readDescriptions } from '../../../hub/kinds/descriptions.ts';
import { loadSchemas } from '../../../hub/kinds/load-schemas.ts';
import type { Document } from '../../../hub/server/document.ts';
import { createOpenApi } from '../../../hub/server/openapi/openapi.ts';
import { encodeMessage } from '../../../hub/server/openapi/protobuf.ts';

const schemas = loadSchemas();
const openApi = createOpenApi({ catalogue: createCatalogue(), schemas, now: () => 0 });

/** What a document says, unpacked. */
async function answer(target: string, accept = 'application/json'): Promise<Document & { bytes: Buffer }> {
  const url = new URL(target, 'https://hub');
  const document = await openApi.document({ path: url.pathname, accept, query: url.searchParams });
  assert.ok(document, target);
  const { bytes } = document;
  const whole = 'gzip' in bytes ? gunzipSync(bytes.gzip) : bytes;
  if ('gzip' in bytes) assert.equal(whole.length, bytes.length);
  return { ...document, bytes: whole };
}

interface Operation {
  parameters: { name: string }[];
  'x-kubernetes-action': string;
  'x-kubernetes-group-version-kind': object;
}

interface OpenApiV3 {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, { properties?: Record<string, Record<string, unknown>> }> };
}

async function read<T>(target: string): Promise<T> {
  return JSON.parse((await answer(target)).bytes.toString()) as T;
}

/** Types whose fields Kubernetes itself leaves without a description. */
const undescribed = /\.(JSONSchemaProps|ExternalDocumentation|GroupResource)$/;

/** The properties of every type in every document. */
async function propertiesByType(): Promise<Map<string, Record<string, { description?: string }>>> {
  const { paths } = await read<{ paths: Record<string, object> }>('/openapi/v3');
  const found = new Map<string, Record<string, { description?: string }>>();
  for (const path of Object.keys(paths)) {
    if (!/^apis?\//.test(path)) continue;
    const { components } = await read<OpenApiV3>(`/openapi/v3/${path}`);
    for (const [type, schema] of Object.entries(components.schemas)) found.set(type, schema.properties ?? {});
  }
  return found;
}

describe('OpenAPI v3', () => {
  it('has an index that names each document by its content', async () => {
    const { paths } = await read<{ paths: Record<string, { serverRelativeURL: string }> }>('/openapi/v3');
    const url = paths['apis/apps/v1']?.serverRelativeURL ?? '';
    assert.match(url, /^\/openapi\/v3\/apis\/apps\/v1\?hash=[0-9A-F]{128}$/);
    const named = await answer(url);
    assert.equal(named.cache, 'public, immutable');
    assert.deepEqual(named.headers, ['Expires', 'Fri, 01 Jan 1971 00:00:00 GMT']);
    assert.equal((await answer('/openapi/v3/apis/apps/v1?hash=old')).movedTo, url);
    assert.equal((await answer('/openapi/v3/apis/apps/v1')).cache, undefined);
  });

  it('has every field of every kind, described where the descriptions were built', async () => {
    const documented = await propertiesByType();
    const described = Object.keys(readDescriptions()).length > 0;
    const wrong: string[] = [];
    for (const [type, properties] of documented) {
      const silent = !described || undescribed.test(type);
      for (const name of schemas.get(type)?.fields.keys() ?? []) {
        const property = properties[name];
        if (property === undefined || !(silent || property.description)) wrong.push(`${type}.${name}`);
      }
    }
    assert.deepEqual(wrong, []);
    assert.ok(documented.size > 700, String(documented.size));
  });

  it('says how resources are read and written', async () => {
    const { paths } = await read<OpenApiV3>('/openapi/v3/apis/apps/v1');
    const item = paths['/apis/apps/v1/namespaces/{namespace}/deployments/{name}'];
    const kind = { group: 'apps', kind: 'Deployment', version: 'v1' };
    assert.deepEqual(item?.get?.['x-kubernetes-group-version-kind'], kind);
    assert.equal(item?.patch?.['x-kubernetes-action'], 'patch');
    assert.ok(item?.patch?.parameters.some(({ name }) => name === 'fieldValidation'));
    const scale = paths['/apis/apps/v1/namespaces/{namespace}/deployments/{name}/scale'];
    const scaleKind = { group: 'autoscaling', kind: 'Scale', version: 'v1' };
    assert.deepEqual(scale?.get?.['x-kubernetes-group-version-kind'], scaleKind);
    assert.ok(paths['/apis/apps/v1/deployments']?.get);
  });

  it('has every schema it refers to, with the merge keys of lists', async () => {
    const text = (await answer('/openapi/v3/api/v1')).bytes.toString();
    const { components } = JSON.parse(text) as OpenApiV3;
    for (const [, type = ''] of text.matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)) {
      assert.ok(components.schemas[type], type);
    }
    const ports = components.schemas['io.k8s.api.core.v1.ServiceSpec']?.properties?.ports;
    assert.equal(ports?.['x-kubernetes-list-type'], 'map');
    assert.deepEqual(ports?.['x-kubernetes-list-map-keys'], ['port', 'protocol']);
    assert.equal(ports?.['x-kubernetes-patch-merge-key'], 'port');
  });

  it('is given in JSON only', async () => {
    const accept = 'application/com.github.proto-openapi.spec.v3@v1.0+protobuf';
    await assert.rejects(answer('/openapi/v3/api/v1', accept), { reason: 'NotAcceptable' });
  });
});

describe('OpenAPI v2', () => {
  it('is given in JSON', async () => {
    const { swagger, definitions } = await read<{ swagger: string; definitions: Record<string, object> }>(
      '/openapi/v2',
    );
    assert.equal(swagger, '2.0');
    assert.ok(definitions['io.k8s.api.core.v1.Pod']);
  });

  it('is given in Protocol Buffers to clients that ask for it', async () => {
    const document = await answer('/openapi/v2', 'application/com.github.proto-openapi.spec.v2@v1.0+protobuf');
    assert.equal(document.contentType, 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf');
    assert.equal(document.bytes.subarray(0, 5).toString('latin1'), '\x0a\x032.0');
    assert.ok(document.bytes.includes('io.k8s.api.core.v1.Pod'));
  });
});

describe('a Protocol Buffers message', () => {
  it('is written field by field', () => {
    const bytes = encodeMessage((writer) => {
      writer.string(1, 'ab');
      writer.string(2, undefined);
      writer.boolean(20, true);
      writer.message(31, (inner) => inner.string(1, 'x'.repeat(200)));
    });
    const head = [0x0a, 2, 0x61, 0x62, 0xa0, 0x01, 1, 0xfa, 0x01, 0xcb, 0x01, 0x0a, 0xc8, 0x01];
    assert.deepEqual([...bytes.subarray(0, head.length)], head);
    assert.equal(bytes.length, head.length + 200);
  });
});
