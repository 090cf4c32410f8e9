/** Which admission plugins take part, and the two that only do when they are switched on. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { KubeObject, OwnerReference } from '../../../hub/api/object.ts';
import type { Access } from '../../../hub/api/access.ts';
import { ownerReferencesEnforcement } from '../../../hub/auth/owner-references.ts';
import { createCatalogue } from '../../../hub/kinds/catalogue.ts';
import { choosePlugins } from '../../../hub/registry/admission/choose.ts';
import { podNodeSelector } from '../../../hub/registry/admission/pod-node-selector.ts';
import type { AdmissionPlugin, AdmissionRequest } from '../../../hub/registry/registry.ts';
import { reader } from '../../support/stored.ts';

const catalogue = createCatalogue();
const plugin = (name: string): AdmissionPlugin => ({ name, handles: () => true });

describe('the choice of admission plugins', () => {
  const all = ['Priority', 'PodNodeSelector', 'RBACEscalation', 'LimitRanger'].map(plugin);
  const chosen = (enable: string[], disable: string[]): string[] =>
    choosePlugins(all, { enable, disable }).map(({ name }) => name);

  for (const [enable, disable, left] of [
    [[], [], ['Priority', 'RBACEscalation', 'LimitRanger']],
    [['PodNodeSelector', 'Priority'], [], ['Priority', 'PodNodeSelector', 'RBACEscalation', 'LimitRanger']],
    [[], ['Priority', 'ResourceQuota'], ['RBACEscalation', 'LimitRanger']],
  ] as [string[], string[], string[]][]) {
    it(`on: ${enable.join(', ') || 'nothing'}; off: ${disable.join(', ') || 'nothing'}`, () => {
      assert.deepEqual(chosen(enable, disable), left);
    });
  }

  it('is refused by name', () => {
    assert.throws(
      () => chosen(['Prioritty'], []),
      /"enableAdmissionPlugins": unknown plugin "Prioritty"; known are Cert/,
    );
    assert.throws(() => chosen([], ['RBACEscalation']), /"disableAdmissionPlugins": unknown plugin "RBACEscalation"/);
    assert.throws(() => chosen(['Priority'], ['Priority']), /"Priority" is in "enableAdmissionPlugins" too/);
  });
});

function request(object: KubeObject, rest: Partial<AdmissionRequest> = {}): AdmissionRequest {
  const info = catalogue.find('', 'v1', 'pods');
  return {
    operation: 'CREATE',
    info,
    subresource: '',
    namespace: 'x',
    name: 'p',
    object,
    old: undefined,
    user: { name: 'ann', groups: [] },
    ...rest,
  } as AdmissionRequest;
}

describe('PodNodeSelector', () => {
  const select = (annotation: string | undefined, own?: Record<string, string>): unknown => {
    const annotations = annotation === undefined ? {} : { 'scheduler.alpha.kubernetes.io/node-selector': annotation };
    const checked = podNodeSelector(reader({ namespaces: [{ metadata: { name: 'x', annotations } }] }));
    const pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'p' },
      spec: own === undefined ? {} : { nodeSelector: own },
    };
    const asked = request(pod);
    assert.equal(checked.handles(asked), true);
    void checked.mutate?.(asked);
    void checked.validate?.(asked);
    return (pod.spec as { nodeSelector?: unknown }).nodeSelector;
  };

  it('gives Pods the selector of their namespace', () => {
    assert.deepEqual(select('disk=ssd, zone=a'), { disk: 'ssd', zone: 'a' });
    assert.deepEqual(select('disk=ssd', { zone: 'b', disk: 'ssd' }), { zone: 'b', disk: 'ssd' });
    assert.equal(select(undefined), undefined);
  });

  it('refuses Pods that want other nodes, and selectors that are none', () => {
    assert.throws(() => select('disk=ssd', { disk: 'hdd' }), /pod node label selector conflicts with its namespace/);
    assert.throws(() => select('disk in (ssd)'), /is no selector/);
  });
});

describe('OwnerReferencesPermissionEnforcement', () => {
  const owner = (rest: Partial<OwnerReference> = {}): OwnerReference => ({
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    name: 'rs',
    uid: '1',
    ...rest,
  });
  const pod = (...ownerReferences: OwnerReference[]): KubeObject => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p', ownerReferences },
  });
  const run = (asked: AdmissionRequest, allowed: readonly string[]): string[] => {
    const seen: string[] = [];
    const authorizer = {
      authorize({ verb, resource, subresource, namespace, name }: Access) {
        const what = `${verb} ${resource}/${subresource} ${namespace}/${name}`;
        seen.push(what);
        return { allowed: allowed.includes(what), reason: '' };
      },
    };
    const enforcement = ownerReferencesEnforcement({ authorizer, catalogue });
    if (enforcement.handles(asked)) void enforcement.validate?.(asked);
    return seen;
  };
  const update = (object: KubeObject, old: KubeObject): AdmissionRequest =>
    request(object, { operation: 'UPDATE', old });

  it('lets a new object have owners, and asks nothing where none changed', () => {
    assert.deepEqual(run(request(pod(owner())), []), []);
    assert.deepEqual(run(update(pod(owner()), pod(owner())), []), []);
    assert.deepEqual(run(update(pod(), pod()), []), []);
  });

  it('asks who changes owners whether they may delete the object', () => {
    assert.throws(() => run(update(pod(owner()), pod()), []), /cannot set an ownerRef on a resource you can't delete/);
    assert.deepEqual(run(update(pod(), pod(owner())), ['delete pods/ x/p']), ['delete pods/ x/p']);
  });

  it('asks who holds up an owner whether they may set its finalizers', () => {
    const blocking = pod(owner({ blockOwnerDeletion: true }));
    assert.throws(() => run(request(blocking), []), /refers to a resource you can't set finalizers on/);
    const may = 'update replicasets/finalizers x/rs';
    assert.deepEqual(run(request(blocking), [may]), [may]);
    const unknown = pod(owner({ kind: 'Nothing', blockOwnerDeletion: true }));
    assert.throws(() => run(request(unknown), []), /cannot find RESTMapping for APIVersion apps\/v1 Kind Nothing/);
  });
});
