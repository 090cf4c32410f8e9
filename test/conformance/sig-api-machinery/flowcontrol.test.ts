/** Priority and fairness: its two kinds. */
import assert from 'node:assert/strict';
import { crud, type Kind } from '../crud.ts';
import { conformance } from '../suite.ts';

const group = { group: 'flowcontrol.apiserver.k8s.io', version: 'v1', namespaced: false, fixedMetadata: true };
const condition = (type: string): object => ({
  conditions: [
    { type, status: 'False', reason: 'Tested', message: 'by a test', lastTransitionTime: '2026-01-02T03:04:05Z' },
  ],
});

const flowSchemas: Kind = {
  ...group,
  resource: 'flowschemas',
  kind: 'FlowSchema',
  body: (n, unique) => ({
    spec: {
      matchingPrecedence: 9000 + n,
      priorityLevelConfiguration: { name: 'global-default' },
      distinguisherMethod: { type: 'ByUser' },
      rules: [
        {
          subjects: [{ kind: 'User', user: { name: unique } }],
          nonResourceRules: [{ verbs: ['*'], nonResourceURLs: ['*'] }],
        },
      ],
    },
  }),
  change(object) {
    object['spec'].matchingPrecedence = 9999;
  },
  subresources: { status: [condition('Other'), condition('Tested')] },
};

const priorityLevels: Kind = {
  ...group,
  resource: 'prioritylevelconfigurations',
  kind: 'PriorityLevelConfiguration',
  body: (n) => ({
    spec: { type: 'Limited', limited: { nominalConcurrencyShares: n, limitResponse: { type: 'Reject' } } },
  }),
  change(object) {
    object['spec'].limited.nominalConcurrencyShares = 4;
  },
  subresources: { status: [condition('Tested'), condition('Other')] },
};

conformance('[sig-api-machinery] flowcontrol.go: FlowSchema API operations', async (cluster) => {
  await crud(cluster, flowSchemas);
  const bootstrap = await cluster.ok('GET', '/apis/flowcontrol.apiserver.k8s.io/v1/flowschemas/catch-all');
  assert.equal(bootstrap['spec'].matchingPrecedence, 10_000);
});

conformance('[sig-api-machinery] flowcontrol.go: PriorityLevelConfiguration API operations', async (cluster) => {
  await crud(cluster, priorityLevels);
  const path = '/apis/flowcontrol.apiserver.k8s.io/v1/prioritylevelconfigurations/exempt';
  assert.equal((await cluster.ok('GET', path))['spec'].type, 'Exempt');
});
