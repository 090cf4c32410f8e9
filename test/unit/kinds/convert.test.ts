/** Conversions between the versions of a kind. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { KubeObject } from '../../../hub/api/object.ts';
import { createCatalogue } from '../../../hub/kinds/catalogue.ts';

const catalogue = createCatalogue();

function conversions(group: string, version: string, resource: string) {
  const info = catalogue.find(group, version, resource);
  assert.ok(info);
  const from = catalogue.fromStorage(info);
  const to = catalogue.toStorage(info);
  assert.ok(from && to);
  return { from, to };
}

describe('a conversion', () => {
  it('is not needed for what is stored as itself', () => {
    const pods = catalogue.find('', 'v1', 'pods');
    assert.ok(pods);
    assert.equal(catalogue.fromStorage(pods), undefined);
    assert.equal(catalogue.toStorage(pods), undefined);
  });

  it('only changes apiVersion where versions agree', () => {
    const { from, to } = conversions('networking.k8s.io', 'v1beta1', 'servicecidrs');
    const object = {
      apiVersion: 'networking.k8s.io/v1beta1',
      kind: 'ServiceCIDR',
      metadata: {},
      spec: { cidrs: ['x'] },
    };
    assert.deepEqual(to(object), { ...object, apiVersion: 'networking.k8s.io/v1' });
    assert.deepEqual(from(to(object)), object);
  });

  it('keeps an Event whole, there and back', () => {
    const { from, to } = conversions('events.k8s.io', 'v1', 'events');
    const event: KubeObject = {
      apiVersion: 'events.k8s.io/v1',
      kind: 'Event',
      metadata: { name: 'e' },
      deprecatedSource: {},
      deprecatedFirstTimestamp: null,
      note: 'n',
      regarding: { kind: 'Pod' },
      reportingController: 'c.io/x',
      reportingInstance: 'i',
      eventTime: '2024-01-01T00:00:00.000001Z',
    };
    const core = to(event);
    assert.equal(core.message, 'n');
    assert.deepEqual(core.involvedObject, { kind: 'Pod' });
    assert.equal(core.reportingComponent, 'c.io/x');
    assert.equal(core.apiVersion, 'v1');
    assert.deepEqual(from(core), event);
  });

  it('turns the CPU target of autoscaling/v1 into a metric, and other metrics into annotations', () => {
    const { from, to } = conversions('autoscaling', 'v1', 'horizontalpodautoscalers');
    const apiVersion = 'autoscaling/v1';
    const old = { apiVersion, kind: 'HorizontalPodAutoscaler', metadata: { name: 'h' }, spec: { maxReplicas: 3 } };
    const target = { ...old, spec: { maxReplicas: 3, targetCPUUtilizationPercentage: 80 } };
    const cpu = {
      type: 'Resource',
      resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } },
    };
    const stored = to(target);
    assert.deepEqual(stored.spec, { maxReplicas: 3, metrics: [cpu] });
    assert.deepEqual(from(stored).spec, target.spec);

    const memory = {
      type: 'Resource',
      resource: { name: 'memory', target: { type: 'AverageValue', averageValue: '1Gi' } },
    };
    const both = { ...stored, spec: { maxReplicas: 3, metrics: [memory, cpu] } };
    const text = from(both).metadata.annotations?.['autoscaling.alpha.kubernetes.io/metrics'];
    assert.equal(text, '[{"type":"Resource","resource":{"name":"memory","targetAverageValue":"1Gi"}}]');
    assert.deepEqual(to(from(both)).spec, both.spec);
    assert.equal(to(from(both)).metadata.annotations, undefined);
  });

  it('keeps the behaviour of autoscaling/v2 in an annotation of v1, spelled as kube-apiserver spells it', () => {
    const { from, to } = conversions('autoscaling', 'v1', 'horizontalpodautoscalers');
    const policies = [{ type: 'Pods', value: 4, periodSeconds: 15 }];
    const behavior = {
      scaleUp: { stabilizationWindowSeconds: 0, selectPolicy: 'Disabled', policies },
      scaleDown: { selectPolicy: 'Max', policies },
    };
    const stored = {
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      metadata: { name: 'h' },
      spec: { maxReplicas: 3, behavior },
    };
    const list = '"Policies":[{"Type":"Pods","Value":4,"PeriodSeconds":15}]';
    assert.equal(
      from(stored).metadata.annotations?.['autoscaling.alpha.kubernetes.io/behavior'],
      `{"ScaleUp":{"StabilizationWindowSeconds":0,"SelectPolicy":"Disabled",${list}},"ScaleDown":{"StabilizationWindowSeconds":null,"SelectPolicy":"Max",${list}}}`,
    );
    assert.deepEqual(to(from(stored)).spec, stored.spec);
  });

  it('nests the device requests of resource.k8s.io/v1beta1', () => {
    const { from, to } = conversions('resource.k8s.io', 'v1beta1', 'resourceclaims');
    const requests = [{ name: 'a', deviceClassName: 'gpu', count: 2 }];
    const claim = {
      apiVersion: 'resource.k8s.io/v1beta1',
      kind: 'ResourceClaim',
      metadata: {},
      spec: { devices: { requests } },
    };
    const nested = [{ name: 'a', exactly: { deviceClassName: 'gpu', count: 2 } }];
    assert.deepEqual(to(claim).spec, { devices: { requests: nested } });
    assert.deepEqual(from(to(claim)), claim);
  });
});
