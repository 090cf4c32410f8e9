/** What is applied, in which order, and what goes. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { KubeObject } from '../../../hub/api/object.ts';
import { nameOf, plan, removalOrder, removalSteps } from '../../../hub/addons/plan.ts';

const object = (kind: string, name: string, apiVersion = 'v1'): KubeObject => ({
  apiVersion,
  kind,
  metadata: { name, namespace: 'x' },
});

describe('the plan for an addon', () => {
  it('begins with what others stand on', () => {
    const wanted = ['Deployment', 'ConfigMap', 'ClusterRole', 'CustomResourceDefinition', 'Namespace'];
    const { apply } = plan(
      [],
      wanted.map((kind) => object(kind, 'a')),
    );
    assert.deepEqual(
      apply.map(({ kind }) => kind),
      [...wanted].reverse(),
    );
  });

  it('prunes exactly what the new version does not have, in whatever version of its group it is written', () => {
    const before = [
      nameOf(object('ConfigMap', 'old'), '1'),
      nameOf(object('Deployment', 'a', 'apps/v1beta1'), '2'),
      nameOf(object('Namespace', 'gone'), '3'),
    ];
    const { prune } = plan(before, [object('Deployment', 'a', 'apps/v1')]);
    assert.deepEqual(
      prune.map(({ uid }) => uid),
      ['1', '3'],
    );
  });

  it('takes workloads away first and Namespaces last', () => {
    const applied = ['Namespace', 'ConfigMap', 'Deployment'].map((kind) => nameOf(object(kind, 'a')));
    assert.deepEqual(
      removalOrder(applied).map(({ kind }) => kind),
      ['Deployment', 'ConfigMap', 'Namespace'],
    );
  });

  it('takes kinds of the addon’s own away, with their objects, while its Pods can still let go of them', () => {
    const applied = [
      object('Namespace', 'a'),
      object('CustomResourceDefinition', 'greetings.example.org', 'apiextensions.k8s.io/v1'),
      object('Greeting', 'first', 'example.org/v1'),
      object('Other', 'foreign', 'example.net/v1'),
      object('Deployment', 'a', 'apps/v1'),
    ].map((one) => nameOf(one));
    assert.deepEqual(
      removalSteps(applied).map((step) => step.map(({ kind }) => kind)),
      [['Greeting', 'CustomResourceDefinition'], ['Deployment'], ['Other', 'Namespace']],
    );
  });
});
