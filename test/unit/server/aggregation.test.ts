/** Groups of other servers: what is read of them, how they are put in order, and what is said to them. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { APIService } from '../../../hub/api/api-service.ts';
import type { Change, Entry } from '../../../hub/registry/registry.ts';
import { escapedKey, identityFields, isIdentityField } from '../../../hub/server/aggregation/front-proxy.ts';
import { readAggregated, readLegacy, readOpenApiIndex } from '../../../hub/server/aggregation/read-discovery.ts';
import { RemoteApis, type RemoteApi } from '../../../hub/server/aggregation/remote-apis.ts';
import type { Reply } from '../../../hub/server/aggregation/remote-caller.ts';
import { mergeGroups } from '../../../hub/server/discovery/merge.ts';
import { piecesAbout, withPieces } from '../../../hub/server/openapi/remote-pieces.ts';

function service(group: string, version: string, priorities: [number, number], more: object = {}): APIService {
  const [groupPriorityMinimum, versionPriority] = priorities;
  return {
    apiVersion: 'apiregistration.k8s.io/v1',
    kind: 'APIService',
    metadata: { name: `${version}.${group}` },
    spec: {
      group,
      version,
      groupPriorityMinimum,
      versionPriority,
      service: { namespace: 'default', name: 'x', port: 443 },
    },
    status: { conditions: [{ type: 'Available', status: 'True' }] },
    ...more,
  };
}

function index(...services: APIService[]): {
  apis: RemoteApis;
  change: (type: Change['type'], to: APIService) => void;
} {
  const entry = (of: APIService): Entry => ({ name: of.metadata.name, object: () => of }) as unknown as Entry;
  let tell = (_: Change): void => {};
  const apis = new RemoteApis({
    entries: () => services.map(entry),
    subscribe: (_, listener) => {
      tell = listener;
      return () => {};
    },
  });
  return { apis, change: (type, to) => tell({ type, revision: 1, entry: entry(to), previous: undefined }) };
}

function reply(body: object, type = 'application/json', status = 200): Reply {
  return { status, type, body: Buffer.from(JSON.stringify(body)) };
}

const wardle = { name: 'v1.w.io', group: 'w.io', version: 'v1', available: true } as RemoteApi;

describe('the index of remote groups', () => {
  it('knows whose a path is, and forgets it with its APIService', () => {
    const { apis, change } = index(service('w.io', 'v1', [100, 100]));
    assert.equal(apis.at('/apis/w.io/v1/namespaces/a/b')?.name, 'v1.w.io');
    assert.equal(apis.at('/apis/w.io/v1')?.name, 'v1.w.io');
    assert.deepEqual([apis.at('/apis/w.io'), apis.at('/apis/w.io/v2'), apis.at('/api/v1')], Array(3).fill(undefined));
    change('DELETED', service('w.io', 'v1', [100, 100]));
    assert.equal(apis.size, 0);
  });

  it('lets nobody take the group of APIServices away', () => {
    assert.equal(index(service('apiregistration.k8s.io', 'v1', [100, 100])).apis.size, 0);
  });

  it('tells what a server has only while it is available, and grows only with news', () => {
    const { apis, change } = index(service('w.io', 'v1', [100, 100]));
    const api = apis.find('w.io', 'v1') as RemoteApi;
    apis.describe(api, { resources: [{ resource: 'a' }], openApi: undefined });
    const { generation } = apis;
    apis.describe(api, { resources: [{ resource: 'a' }], openApi: undefined });
    assert.equal(apis.generation, generation);
    assert.deepEqual(apis.resources(api), [{ resource: 'a' }]);
    change('MODIFIED', service('w.io', 'v1', [100, 100], { status: {} }));
    assert.equal(apis.resources(apis.find('w.io', 'v1') as RemoteApi), undefined);
  });
});

describe('the order of groups', () => {
  it('is that of priorities, then of names; versions by theirs, then as Kubernetes orders them', () => {
    const { apis } = index(
      service('b.io', 'v1', [2000, 10]),
      service('b.io', 'v2beta1', [100, 10]),
      service('a.io', 'v1', [2000, 10]),
      service('top.io', 'v1alpha1', [19_000, 20]),
      service('top.io', 'v1', [100, 10]),
    );
    const own = ['apps', 'apiregistration.k8s.io', 'custom.io'].map((name) => ({
      name,
      versions: [{ group: name, version: 'v1', resources: [] }],
    }));
    const merged = mergeGroups(own, apis);
    assert.deepEqual(
      merged.map(({ name, versions }) => [name, ...versions.map((one) => one.version)].join(' ')),
      ['apiregistration.k8s.io v1', 'top.io v1alpha1 v1', 'apps v1', 'a.io v1', 'b.io v1 v2beta1', 'custom.io v1'],
    );
  });
});

describe('what other servers say they serve', () => {
  it('is read out of the document of a whole server', () => {
    const items = [{ metadata: { name: 'w.io' }, versions: [{ version: 'v1', resources: [{ resource: 'a' }] }] }];
    const type = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';
    assert.deepEqual(readAggregated(wardle, reply({ items }, type)), [
      { resource: 'a', responseKind: { group: '', kind: '', version: '' } },
    ]);
    assert.equal(readAggregated(wardle, reply({ items })), undefined);
    assert.deepEqual(readAggregated({ ...wardle, version: 'v2' }, reply({ items }, type)), []);
  });

  it('is read out of the list of one version, subresources below their resource', () => {
    const resources = [
      { name: 'as', singularName: 'a', namespaced: true, kind: 'A', verbs: ['get'], shortNames: ['x'] },
      { name: 'as/scale', kind: 'Scale', group: 'autoscaling', version: 'v1', verbs: ['get'] },
    ];
    assert.deepEqual(readLegacy(wardle, reply({ resources })), [
      {
        resource: 'as',
        responseKind: { group: 'w.io', version: 'v1', kind: 'A' },
        scope: 'Namespaced',
        singularResource: 'a',
        verbs: ['get'],
        shortNames: ['x'],
        subresources: [
          {
            subresource: 'scale',
            responseKind: { group: 'autoscaling', version: 'v1', kind: 'Scale' },
            verbs: ['get'],
          },
        ],
      },
    ]);
    assert.equal(readLegacy(wardle, reply({}, 'application/json', 503)), undefined);
  });

  it('names no document outside its own version', () => {
    const at = (serverRelativeURL: string): Reply => reply({ paths: { 'apis/w.io/v1': { serverRelativeURL } } });
    assert.equal(readOpenApiIndex(wardle, at('/openapi/v3/apis/w.io/v1?hash=A')), '/openapi/v3/apis/w.io/v1?hash=A');
    assert.equal(readOpenApiIndex(wardle, at('/openapi/v3/api/v1?hash=A')), undefined);
  });
});

describe('the front proxy', () => {
  it('says who asks in header fields that nobody else may set', () => {
    const user = { name: 'ann', uid: '7', groups: ['a', 'b'], extra: { 'x.io/k%': ['1', '2'] } };
    assert.deepEqual(identityFields(user), [
      ...['X-Remote-User', 'ann', 'X-Remote-Uid', '7', 'X-Remote-Group', 'a', 'X-Remote-Group', 'b'],
      ...['X-Remote-Extra-x.io%2Fk%25', '1', 'X-Remote-Extra-x.io%2Fk%25', '2'],
    ]);
    for (const name of ['X-Remote-User', 'x-remote-group', 'X-REMOTE-EXTRA-a', 'x-remote-uid']) {
      assert.ok(isIdentityField(name), name);
    }
    assert.ok(!isIdentityField('X-Remote-Address'));
    assert.equal(escapedKey('é'), '%C3%A9');
  });
});

describe('descriptions of other servers', () => {
  const reference = { schema: { $ref: '#/definitions/io.x.A' } };
  const described = {
    paths: { '/apis/w.io/v1/as': reference, '/apis/other.io/v1/as': {}, '/apis/w.io/v1': {} },
    definitions: { 'io.x.A': { type: 'object' }, 'io.k8s.B': { type: 'string' } },
  };
  const pieces = piecesAbout('w.io/v1', JSON.stringify(described));

  it('stand beside the own ones, of their group version only', () => {
    const merged = withPieces({ paths: [['/api', {}]], schemas: [['io.k8s.B', {}]] }, [pieces]);
    assert.deepEqual(merged.paths, [
      ['/api', {}],
      ['/apis/w.io/v1/as', reference],
      ['/apis/w.io/v1', {}],
    ]);
    assert.deepEqual(merged.schemas, [
      ['io.k8s.B', {}],
      ['io.x.A', { type: 'object' }],
    ]);
  });

  it('get another name where theirs is taken by something else', () => {
    const merged = withPieces({ paths: [], schemas: [['io.x.A', { type: 'string' }]] }, [pieces]);
    assert.deepEqual(Object.fromEntries(merged.schemas)['io.x.A_v2'], { type: 'object' });
    assert.deepEqual(merged.paths[0]?.[1], { schema: { $ref: '#/definitions/io.x.A_v2' } });
  });
});
