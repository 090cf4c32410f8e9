/** Field ownership of creates, updates and patches. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { KubeObject, ManagedFieldsEntry } from '../../../hub/api/object.ts';
import { structuralOf } from '../../../hub/kinds/custom/structural.ts';
import { loadSchemas } from '../../../hub/kinds/load-schemas.ts';
import { trackUpdate } from '../../../hub/registry/managed-fields/update.ts';

const schemas = loadSchemas();
const types: Record<string, string> = {
  ConfigMap: 'io.k8s.api.core.v1.ConfigMap',
  Pod: 'io.k8s.api.core.v1.Pod',
  Deployment: 'io.k8s.api.apps.v1.Deployment',
  PersistentVolume: 'io.k8s.api.core.v1.PersistentVolume',
  Role: 'io.k8s.api.rbac.v1.Role',
  ControllerRevision: 'io.k8s.api.apps.v1.ControllerRevision',
};
const early = '2026-01-01T00:00:00Z';
const late = '2026-01-01T00:00:05Z';

interface Write {
  before?: KubeObject;
  after: KubeObject;
  manager?: string;
  subresource?: string;
  time?: string;
}

function track({
  before,
  after,
  manager = 'one',
  subresource = '',
  time = early,
}: Write): ManagedFieldsEntry[] | undefined {
  const { apiVersion, kind } = after;
  return trackUpdate({ schemas, type: types[kind] ?? kind, before, after, manager, apiVersion, subresource, time });
}

/** The object as it would be stored after this write. */
function stored(write: Write): KubeObject {
  const managedFields = track(write);
  const { managedFields: _, ...metadata } = write.after.metadata;
  return { ...write.after, metadata: managedFields === undefined ? metadata : { ...metadata, managedFields } };
}

function configMap(data: Record<string, string>, metadata: object = {}): KubeObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'm', uid: 'u', ...metadata }, data };
}

const fieldsOf = (entries: ManagedFieldsEntry[] | undefined, manager: string): unknown =>
  entries?.find((entry) => entry.manager === manager)?.fieldsV1;

describe('the owner of a new object', () => {
  const made = (apiVersion: string, kind: string, rest: object): unknown =>
    track({ after: { apiVersion, kind, metadata: { name: 'x' }, ...rest } as KubeObject })?.[0]?.fieldsV1;

  it('owns the parts of a field that is granular though its type is atomic elsewhere', () => {
    assert.deepEqual(made('v1', 'PersistentVolume', { spec: { claimRef: { name: 'c', namespace: 'n' } } }), {
      'f:spec': { 'f:claimRef': { '.': {}, 'f:name': {}, 'f:namespace': {} } },
    });
  });

  it('owns a list that is always written when it was sent, empty or not', () => {
    assert.deepEqual(made('rbac.authorization.k8s.io/v1', 'Role', { rules: [] }), { 'f:rules': {} });
    assert.equal(made('rbac.authorization.k8s.io/v1', 'Role', { rules: null }), undefined);
  });

  it('owns what it set to null where null is a value', () => {
    const part = { type: 'string', nullable: true };
    const json = { type: 'object', properties: { spec: { type: 'object', properties: { zone: part } } } };
    const after = { apiVersion: 'e/v1', kind: 'Custom', metadata: { name: 'x' }, spec: { zone: null } } as KubeObject;
    const custom = structuralOf(json);
    const [entry] =
      trackUpdate({
        ...{ schemas, custom, type: 'Custom', before: undefined, after },
        ...{ manager: 'one', apiVersion: 'e/v1', subresource: '', time: early },
      }) ?? [];
    assert.deepEqual(entry?.fieldsV1, { 'f:spec': { '.': {}, 'f:zone': {} } });
  });

  it('owns raw JSON as a whole', () => {
    assert.deepEqual(made('apps/v1', 'ControllerRevision', { data: { a: { b: 1 } }, revision: 3 }), {
      'f:data': {},
      'f:revision': {},
    });
  });

  it('owns what was set, without what the server owns', () => {
    assert.deepEqual(track({ after: configMap({ k: 'v' }, { labels: { t: '1' }, creationTimestamp: early }) }), [
      {
        manager: 'one',
        operation: 'Update',
        apiVersion: 'v1',
        time: early,
        fieldsType: 'FieldsV1',
        fieldsV1: {
          'f:data': { '.': {}, 'f:k': {} },
          'f:metadata': { 'f:labels': { '.': {}, 'f:t': {} } },
        },
      },
    ]);
  });

  it('owns items of keyed lists by key, sets by value, atomic fields whole', () => {
    const pod: KubeObject = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'p', finalizers: ['x.io/a'] },
      spec: {
        containers: [{ name: 'c', image: 'i', resources: {}, ports: [{ containerPort: 80, protocol: 'TCP' }] }],
        imagePullSecrets: [{ name: 'r' }],
        tolerations: [{ key: 'k' }],
      },
      status: { phase: 'Pending' },
    };
    assert.deepEqual(fieldsOf(track({ after: pod }), 'one'), {
      'f:metadata': { 'f:finalizers': { '.': {}, 'v:"x.io/a"': {} } },
      'f:spec': {
        'f:containers': {
          'k:{"name":"c"}': {
            '.': {},
            'f:image': {},
            'f:name': {},
            'f:ports': {
              '.': {},
              'k:{"containerPort":80,"protocol":"TCP"}': { '.': {}, 'f:containerPort': {}, 'f:protocol': {} },
            },
            'f:resources': {},
          },
        },
        'f:imagePullSecrets': { '.': {}, 'k:{"name":"r"}': {} },
        'f:tolerations': {},
      },
    });
  });

  it('owns maps key by key and lists whole where there is no schema', () => {
    const after: KubeObject = {
      apiVersion: 'x.io/v1',
      kind: 'Widget',
      metadata: { name: 'w' },
      spec: { size: { x: 1 }, list: [{ a: 1 }] },
    };
    assert.deepEqual(fieldsOf(track({ after }), 'one'), {
      'f:spec': { '.': {}, 'f:list': {}, 'f:size': { '.': {}, 'f:x': {} } },
    });
  });

  it('is nobody when nothing was set', () => {
    assert.equal(track({ after: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'm' } } }), undefined);
  });
});

describe('an update', () => {
  const before = stored({ after: configMap({ a: '1', b: '2' }) });

  it('takes changed fields from their owner', () => {
    const entries = track({ before, after: configMap({ a: '9', b: '2' }), manager: 'two', time: late });
    assert.deepEqual(fieldsOf(entries, 'one'), { 'f:data': { '.': {}, 'f:b': {} } });
    assert.deepEqual(fieldsOf(entries, 'two'), { 'f:data': { 'f:a': {} } });
    assert.deepEqual(
      entries?.map((entry) => entry.time),
      [early, late],
    );
  });

  it('forgets removed fields, and managers that own nothing any more', () => {
    const shared = stored({ before, after: configMap({ a: '1', b: '2', c: '3' }), manager: 'two' });
    const entries = track({ before: shared, after: configMap({ b: '2' }), manager: 'three' });
    assert.deepEqual(
      entries?.map((entry) => entry.manager),
      ['one'],
    );
    assert.deepEqual(fieldsOf(entries, 'one'), { 'f:data': { '.': {}, 'f:b': {} } });
  });

  it('of the same manager keeps one entry, with the time of the last change', () => {
    const entries = track({ before, after: configMap({ a: '9', b: '2' }), time: late });
    assert.equal(entries?.length, 1);
    assert.equal(entries?.[0]?.time, late);
  });

  it('that changes nothing leaves the entries as they are', () => {
    assert.equal(track({ before, after: configMap({ a: '1', b: '2' }), time: late }), before.metadata.managedFields);
  });

  it('of status is an entry of its own and sees nothing else', () => {
    const pod: KubeObject = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'p' },
      spec: { nodeName: 'n', containers: [] },
    };
    const old = stored({ after: pod });
    const after = { ...old, status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] } };
    const entry = track({ before: old, after, manager: 'agent', subresource: 'status' })?.find(
      (one) => one.subresource === 'status',
    );
    assert.deepEqual(entry?.fieldsV1, {
      'f:status': {
        'f:conditions': { '.': {}, 'k:{"type":"Ready"}': { '.': {}, 'f:status': {}, 'f:type': {} } },
        'f:phase': {},
      },
    });
  });

  it('by a binding owns nothing', () => {
    const pod: KubeObject = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' }, spec: { schedulerName: 's' } };
    const old = stored({ after: pod });
    const after = { ...old, spec: { schedulerName: 's', nodeName: 'n' } };
    assert.equal(
      track({ before: old, after, manager: 'scheduler', subresource: 'binding' }),
      old.metadata.managedFields,
    );
  });

  it('of a list item changes only that item', () => {
    const deployment = (image: string, more: object[] = []): KubeObject => ({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'd' },
      spec: { template: { spec: { containers: [...more, { name: 'c', image }] } } },
    });
    const old = stored({ after: deployment('i:1') });
    const entries = track({ before: old, after: deployment('i:2', [{ name: 's' }]), manager: 'two' });
    assert.deepEqual(fieldsOf(entries, 'two'), {
      'f:spec': {
        'f:template': {
          'f:spec': {
            'f:containers': { 'k:{"name":"c"}': { 'f:image': {} }, 'k:{"name":"s"}': { '.': {}, 'f:name': {} } },
          },
        },
      },
    });
  });

  it('with one empty entry forgets all owners, and stays untracked', () => {
    const reset = configMap({ a: '2' }, { managedFields: [{}] });
    const after = stored({ before, after: reset });
    assert.equal(after.metadata.managedFields, undefined);
    assert.equal(track({ before: after, after: configMap({ a: '3' }) }), undefined);
  });

  it('joins the oldest managers when there are more than ten', () => {
    let object = stored({ after: configMap({ k0: '0' }), manager: 'm0' });
    for (let at = 1; at <= 11; at++) {
      const data = { ...(object['data'] as Record<string, string>), [`k${at}`]: '1' };
      const time = `2026-01-01T00:01:${String(at).padStart(2, '0')}Z`;
      object = stored({ before: object, after: { ...object, data }, manager: `m${at}`, time });
    }
    const entries = object.metadata.managedFields;
    assert.equal(entries?.length, 10);
    assert.deepEqual(fieldsOf(entries, 'ancient-changes'), {
      'f:data': { '.': {}, 'f:k0': {}, 'f:k1': {}, 'f:k2': {} },
    });
  });

  it('survives keys that are names of object members', () => {
    const odd = stored({ after: configMap({ constructor: '1', toString: '2' } as never) });
    const entries = track({ before: odd, after: configMap({ toString: '3' } as never), manager: 'two' });
    assert.deepEqual(fieldsOf(entries, 'one'), { 'f:data': {} });
  });
});
