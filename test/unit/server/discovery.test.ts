/** Discovery documents: what they list, in which form, and when they change. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readTable } from '../../../hub/kinds/data-file.ts';
import { createCatalogue } from '../../../hub/kinds/catalogue.ts';
import type { ResourceInfo } from '../../../hub/kinds/kind.ts';
import { createDiscovery } from '../../../hub/server/discovery/discovery.ts';
import type { Document } from '../../../hub/server/document.ts';

const catalogue = createCatalogue();
const discovery = createDiscovery({ catalogue, serverAddress: '10.0.0.1:16443' });
const v2 = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';

async function answer(path: string, accept = 'application/json'): Promise<Document | undefined> {
  return discovery.document({ path, accept, query: new URLSearchParams() });
}

async function read<T>(path: string, accept?: string): Promise<T> {
  const document = await answer(path, accept);
  assert.ok(document, path);
  return JSON.parse(document.bytes.toString()) as T;
}

interface ResourceList {
  apiVersion?: string;
  resources: {
    name: string;
    singularName: string;
    namespaced: boolean;
    verbs: string[];
    shortNames?: string[];
    categories?: string[];
    storageVersionHash?: string;
  }[];
}

describe('discovery', () => {
  it('lists versions and groups', async () => {
    assert.deepEqual(await read('/api'), {
      kind: 'APIVersions',
      versions: ['v1'],
      serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress: '10.0.0.1:16443' }],
    });
    const { groups } = await read<{ groups: { name: string; preferredVersion: { version: string } }[] }>('/apis/');
    assert.equal(groups[1]?.name, 'apps');
    assert.equal(groups.find(({ name }) => name === 'autoscaling')?.preferredVersion.version, 'v2');
    assert.ok(!groups.some(({ name }) => name === ''));
  });

  it('lists every resource of the table in both forms, with the same verbs and names', async () => {
    interface Aggregated {
      items: {
        metadata: { name: string };
        versions: {
          version: string;
          resources: {
            resource: string;
            singularResource: string;
            scope: string;
            verbs: string[];
            shortNames?: string[];
            categories?: string[];
            subresources?: { subresource: string; verbs: string[] }[];
          }[];
        }[];
      }[];
    }
    const whole = [...(await read<Aggregated>('/api', v2)).items, ...(await read<Aggregated>('/apis', v2)).items];
    const rows = readTable('resources.tsv', 7);
    assert.ok(rows.length > 140);
    for (const [group = '', version = '', resource = '', subresource = '', namespaced = '', , methods = ''] of rows) {
      const name = group === 'core' ? '' : group;
      const full = subresource === '-' ? resource : `${resource}/${subresource}`;
      const { resources } = await read<ResourceList>(name === '' ? '/api/v1' : `/apis/${group}/${version}`);
      const legacy = resources.find((one) => one.name === full);
      assert.ok(legacy, `${group}/${version} ${full}`);
      assert.equal(String(legacy.namespaced), namespaced);
      const inWhole = whole
        .find(({ metadata }) => (metadata.name ?? '') === name)
        ?.versions.find((one) => one.version === version)
        ?.resources.find((one) => one.resource === resource);
      assert.ok(inWhole, `${group}/${version} ${full}`);
      const part = subresource === '-' ? inWhole : inWhole.subresources?.find((one) => one.subresource === subresource);
      assert.deepEqual(part?.verbs, legacy.verbs, full);
      if (subresource !== '-') continue;
      const words = methods.split(',').map((method) => ({ post: 'create', put: 'update' })[method] ?? method);
      assert.deepEqual(legacy.verbs.filter((verb) => verb !== 'watch').sort(), words.sort(), full);
      assert.deepEqual(
        [inWhole.shortNames, inWhole.categories, inWhole.scope, inWhole.singularResource],
        [legacy.shortNames, legacy.categories, legacy.namespaced ? 'Namespaced' : 'Cluster', legacy.singularName],
      );
    }
  });

  it('lists the resources of a version as the API server does', async () => {
    const core = await read<ResourceList>('/api/v1/');
    assert.equal(core.apiVersion, undefined);
    const names = core.resources.map(({ name }) => name);
    assert.deepEqual(names, [...names].sort());
    assert.deepEqual(
      core.resources.find(({ name }) => name === 'pods'),
      {
        name: 'pods',
        singularName: 'pod',
        namespaced: true,
        kind: 'Pod',
        verbs: ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'],
        shortNames: ['po'],
        categories: ['all'],
        storageVersionHash: 'xPOwRZ+Yhw8=',
      },
    );
    const { resources } = await read<ResourceList>('/apis/apps/v1');
    assert.deepEqual(
      resources.filter(({ name }) => name.startsWith('deployments')),
      [
        {
          name: 'deployments',
          singularName: 'deployment',
          namespaced: true,
          kind: 'Deployment',
          verbs: ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'],
          shortNames: ['deploy'],
          categories: ['all'],
          storageVersionHash: '8aSe+NMegvE=',
        },
        {
          name: 'deployments/scale',
          singularName: '',
          namespaced: true,
          group: 'autoscaling',
          version: 'v1',
          kind: 'Scale',
          verbs: ['get', 'patch', 'update'],
        },
        {
          name: 'deployments/status',
          singularName: '',
          namespaced: true,
          kind: 'Deployment',
          verbs: ['get', 'patch', 'update'],
        },
      ],
    );
  });

  it('aggregates when asked to', async () => {
    const document = await answer('/apis', `${v2},application/json`);
    assert.equal(document?.contentType, v2);
    assert.match(document?.etag ?? '', /^"[0-9A-F]{128}"$/);
    const { apiVersion, items } = await read<{ apiVersion: string; items: { metadata: { name: string } }[] }>(
      '/apis',
      v2,
    );
    assert.equal(apiVersion, 'apidiscovery.k8s.io/v2');
    assert.equal(items[1]?.metadata.name, 'apps');
    const core = await read<{ items: { versions: { resources: { resource: string; scope: string }[] }[] }[] }>(
      '/api',
      v2,
    );
    assert.equal(core.items.length, 1);
    const nodes = core.items[0]?.versions[0]?.resources.find(({ resource }) => resource === 'nodes');
    assert.equal(nodes?.scope, 'Cluster');
  });

  it('is silent about paths that are not its own', async () => {
    for (const path of ['/apis/apps/v9', '/apis/nothing', '/api/v2', '/api/v1/pods', '/apix', '/version']) {
      assert.equal(await answer(path), undefined, path);
    }
  });

  it('refuses forms it does not speak', async () => {
    await assert.rejects(answer('/apis', 'application/vnd.kubernetes.protobuf'), { reason: 'NotAcceptable' });
  });

  it('follows the catalogue', async () => {
    const before = (await answer('/apis', v2))?.etag;
    const base = catalogue.find('', 'v1', 'configmaps') as ResourceInfo;
    const boats = { ...base, group: 'example.com', resource: 'boats', kind: 'Boat' };
    catalogue.setCustom(boats, [boats]);
    assert.notEqual((await answer('/apis', v2))?.etag, before);
    assert.ok(await answer('/apis/example.com'));
    catalogue.setCustom(boats, []);
    assert.equal((await answer('/apis', v2))?.etag, before);
  });
});
