/** Flow control, and statuses that clients write: what is refused, in the words of the Kubernetes API. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { KubeObject } from '../../../hub/api/object.ts';
import { changeFaults, created, faults, lines, strategy } from './made.ts';

const flow = 'flowcontrol.apiserver.k8s.io';

/** What is wrong with a FlowSchema of one rule, told from the rule on. */
function rule(parts: object): string[] {
  const subjects = [{ kind: 'User', user: { name: '*' } }];
  const rules = [{ subjects, ...parts }];
  const spec = { priorityLevelConfiguration: { name: 'workload-low' }, rules };
  const told = faults(flow, 'FlowSchema', { metadata: { namespace: undefined }, spec });
  return told.map((line) => line.replace('spec.rules[0].', ''));
}

const all = { verbs: ['*'], apiGroups: ['*'], resources: ['*'], namespaces: ['*'] };
const label =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";

describe('FlowSchemas', () => {
  it('say who, and nobody beside', () => {
    const subjects = [
      { kind: 'User', user: { name: 'u' }, group: { name: 'g' }, serviceAccount: { name: 's', namespace: 'n' } },
      { kind: 'ServiceAccount', serviceAccount: { name: '*' } },
      { kind: 'Group', user: { name: 'u' } },
    ];
    assert.deepEqual(rule({ subjects, resourceRules: [all] }), [
      "subjects[0].serviceAccount: Forbidden: serviceAccount is forbidden when subject kind is not 'ServiceAccount'",
      "subjects[0].group: Forbidden: group is forbidden when subject kind is not 'Group'",
      'subjects[1].serviceAccount.namespace: Required value: must specify namespace for service account',
      "subjects[2].group: Required value: group is required when subject kind is 'Group'",
      "subjects[2].user: Forbidden: user is forbidden when subject kind is not 'User'",
    ]);
  });

  it('say what of the resources, with a star alone', () => {
    const two = { verbs: ['*', 'get'], apiGroups: ['*', ''], resources: ['*', 'pods'], namespaces: ['*', 'a'] };
    assert.deepEqual(rule({ resourceRules: [two] }), [
      'resourceRules[0].verbs: Invalid value: ["*","get"]: if \'*\' is present, must not specify other verbs',
      'resourceRules[0].apiGroups: Invalid value: ["*",""]: if \'*\' is present, must not specify other api groups',
      'resourceRules[0].resources: Invalid value: ["*","pods"]: if \'*\' is present, must not specify other resources',
      'resourceRules[0].namespaces: Invalid value: ["*","a"]: if \'*\' is present, must not specify other namespaces',
    ]);
    assert.deepEqual(rule({ resourceRules: [{ ...all, verbs: ['use'], namespaces: ['A'] }] }), [
      'resourceRules[0].verbs: Unsupported value: ["use"]: supported values: "create", "delete", "deletecollection", "get", "list", "patch", "proxy", "update", "watch"',
      `resourceRules[0].namespaces[0]: Invalid value: "A": each member of this list must be '*' or a DNS-1123 label; ${label}`,
    ]);
  });

  const urls: [string, string | undefined][] = [
    ['/', undefined],
    ['/healthz', undefined],
    ['/apis/*', undefined],
    ['', 'must not be empty'],
    ['healthz', 'must start with slash'],
    ['/a b', 'must not contain white-space'],
    ['/a//b', 'must not contain double slash'],
    ['/a*', 'wildcard can only do suffix matching'],
    ['/*/*', 'wildcard can only do suffix matching'],
  ];
  for (const [url, problem] of urls) {
    it(`say which paths: ${JSON.stringify(url)}`, () => {
      const path = 'nonResourceRules[0].nonResourceURLs[0]';
      const expected = problem === undefined ? [] : [`${path}: Invalid value: ${JSON.stringify(url)}: ${problem}`];
      assert.deepEqual(rule({ nonResourceRules: [{ verbs: ['get'], nonResourceURLs: [url] }] }), expected);
    });
  }
});

describe('PriorityLevelConfigurations', () => {
  it('deal hands that a hash can tell apart', () => {
    const queuing = { queues: 512, handSize: 8, queueLengthLimit: 100 };
    const spec = { type: 'Limited', limited: { limitResponse: { type: 'Queue', queuing } } };
    assert.deepEqual(faults(flow, 'PriorityLevelConfiguration', { metadata: { namespace: undefined }, spec }), [
      'spec.limited.limitResponse.queuing.handSize: Invalid value: 8: required entropy bits of deckSize 512 and handSize 8 should not be greater than 60',
    ]);
  });

  it('have conditions of one type each', () => {
    const conditions = [{ type: 'A' }, { type: 'A' }, {}];
    const level: KubeObject = { apiVersion: `${flow}/v1`, kind: 'P', metadata: {}, status: { conditions } };
    assert.deepEqual(lines(strategy(flow, 'PriorityLevelConfiguration').validateStatusUpdate(level, level)), [
      'status.conditions[1].type: Duplicate value: "A"',
      'status.conditions[2].type: Required value: must not be empty',
    ]);
  });
});

describe('the status of a Service', () => {
  const service = (type: string, ...ingress: object[]): Record<string, unknown> => ({
    spec: { type, ports: [{ port: 80 }], clusterIP: '10.99.0.9', clusterIPs: ['10.99.0.9'] },
    status: { loadBalancer: { ingress } },
  });

  /** What is wrong with writing such a status over another. */
  function statusFaults(made: Record<string, unknown>, old: Record<string, unknown>): string[] {
    const object = (parts: Record<string, unknown>): KubeObject => {
      const one = { apiVersion: 'v1', kind: 'Service', metadata: {}, ...structuredClone(parts) };
      strategy('', 'Service').setDefaults(one);
      return one;
    };
    return lines(strategy('', 'Service').validateStatusUpdate(object(made), object(old)));
  }

  it('tells where a load balancer is reached, and how', () => {
    const none = service('LoadBalancer');
    assert.deepEqual(statusFaults(service('LoadBalancer', { ip: '1.2.3.4' }, { hostname: 'a.b' }), none), []);
    const wrong = [
      { ip: '01.2.3.4', ipMode: 'X' },
      { hostname: '1.2.3.4', ipMode: 'VIP' },
    ];
    assert.deepEqual(statusFaults(service('LoadBalancer', ...wrong), none), [
      'status.loadBalancer.ingress[0].ip: Invalid value: "01.2.3.4": must not have leading 0s',
      'status.loadBalancer.ingress[0].ipMode: Unsupported value: "X": supported values: "Proxy", "VIP"',
      'status.loadBalancer.ingress[1].ipMode: Forbidden: may not be specified when `ip` is not set',
      'status.loadBalancer.ingress[1].hostname: Invalid value: "1.2.3.4": must be a DNS name, not an IP address',
    ]);
    assert.deepEqual(statusFaults(service('ClusterIP', { ip: '1.2.3.4' }), service('ClusterIP')), [
      "status.loadBalancer.ingress: Forbidden: may only be used when `spec.type` is 'LoadBalancer'",
    ]);
  });

  it('is empty once it is no load balancer any more, and what only one needs goes', () => {
    const old = created('', 'Service', service('LoadBalancer'));
    old.status = { loadBalancer: { ingress: [{ ip: '1.2.3.4', ipMode: 'VIP' }] } };
    const changed = created('', 'Service', service('ClusterIP'));
    strategy('', 'Service').prepareUpdate(changed, old);
    assert.deepEqual(changed.status, { loadBalancer: {} });
  });

  it('lets go of what came with external addresses, or with a local policy', () => {
    const spec = { ports: [{ port: 80 }], clusterIP: '10.99.0.9', clusterIPs: ['10.99.0.9'] };
    const before = { spec: { ...spec, externalIPs: ['10.1.2.3'], externalTrafficPolicy: 'Cluster' } };
    assert.deepEqual(changeFaults('', 'Service', before, { spec: { ...spec, externalTrafficPolicy: 'Cluster' } }), []);
    const local = { ...spec, type: 'LoadBalancer', healthCheckNodePort: 30_123, externalTrafficPolicy: 'Local' };
    const cluster = { ...local, externalTrafficPolicy: 'Cluster' };
    assert.deepEqual(changeFaults('', 'Service', { spec: local }, { spec: cluster }), []);
  });
});

describe('other kinds', () => {
  it('a StorageClass names the same places once', () => {
    const matchLabelExpressions = [{ key: 'zone', values: ['a', 'b'] }];
    const turned = [{ key: 'zone', values: ['b', 'a'] }];
    const allowedTopologies = [{ matchLabelExpressions }, { matchLabelExpressions: turned }];
    assert.deepEqual(
      faults('storage.k8s.io', 'StorageClass', {
        metadata: { namespace: undefined },
        provisioner: 'a/b',
        allowedTopologies,
      }),
      ['allowedTopologies[1].matchLabelExpressions: Duplicate value: ""'],
    );
  });

  it('a PodDisruptionBudget has whole conditions', () => {
    const conditions = [{ type: 'T', status: 'Maybe', reason: 'R', lastTransitionTime: '2026-01-01T00:00:00Z' }];
    const budget: KubeObject = { apiVersion: 'policy/v1', kind: 'B', metadata: {}, status: { conditions } };
    assert.deepEqual(lines(strategy('policy', 'PodDisruptionBudget').validateStatusUpdate(budget, budget)), [
      'status.conditions[0].status: Unsupported value: "Maybe": supported values: "False", "True", "Unknown"',
    ]);
  });
});
