/** What quotas count, and what their status says. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ResourceQuota } from '../../../hub/api/quota.ts';
import { quotaStatus, resourceCounted, resourcesCounted } from '../../../hub/controllers/quota/usage.ts';

const aQuota = (hard: Record<string, string>): ResourceQuota => ({
  apiVersion: 'v1',
  kind: 'ResourceQuota',
  metadata: { name: 'q' },
  spec: { hard },
});

test('each name of a quota leads to the resource whose objects use it', () => {
  assert.equal(resourceCounted('count/deployments.apps'), 'deployments.apps');
  assert.equal(resourceCounted('configmaps'), 'configmaps');
  assert.equal(resourceCounted('services.nodeports'), 'services');
  assert.equal(resourceCounted('requests.storage'), 'persistentvolumeclaims');
  assert.equal(resourceCounted('fast.storageclass.storage.k8s.io/requests.storage'), 'persistentvolumeclaims');
  assert.equal(resourceCounted('requests.example.com/dongle'), 'pods');
  const both = resourcesCounted(aQuota({ cpu: '1', 'limits.memory': '1Gi', secrets: '3' }));
  assert.deepEqual([...both].sort(), ['pods', 'secrets']);
});

test('the status holds the bounds and what is used of them, zero where nothing is', () => {
  const quota = aQuota({ cpu: '2', memory: '1Gi', pods: '5', secrets: '1' });
  const usages = [
    { pods: '1', cpu: '500m', memory: '128Mi', 'count/pods': '1' },
    { pods: '1', cpu: '250m' },
  ];
  assert.deepEqual(quotaStatus(quota, usages), {
    hard: { cpu: '2', memory: '1Gi', pods: '5', secrets: '1' },
    used: { cpu: '750m', memory: '128Mi', pods: '2', secrets: '0' },
  });
});
