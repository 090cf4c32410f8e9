/** Flow schemas and priority levels every cluster has: those it cannot be without, and those Kubernetes suggests (v1.36). */
import type {
  FlowSchema,
  FlowSubject,
  PolicyRulesWithSubjects,
  PriorityLevelConfiguration,
  PriorityLevelConfigurationSpec,
  QueuingConfiguration,
  ResourcePolicyRule,
} from './flow-control.ts';
import { authenticatedGroup, mastersGroup, unauthenticatedGroup } from './user.ts';

/** The annotation that says who keeps the spec of a suggested object: `true` the server, `false` its users. */
export const autoUpdateAnnotation = 'apf.kubernetes.io/autoupdate-spec';

/** The names of the two flow schemas and priority levels that are always there. */
export const mandatoryNames: ReadonlySet<string> = new Set(['exempt', 'catch-all']);

const apiVersion = 'flowcontrol.apiserver.k8s.io/v1';
/** All these levels have queues of this length. */
const queueLengthLimit = 50;

function level(name: string, spec: PriorityLevelConfigurationSpec): PriorityLevelConfiguration {
  return { apiVersion, kind: 'PriorityLevelConfiguration', metadata: { name }, spec };
}

function queued(
  name: string,
  shares: number,
  lendablePercent: number,
  queues: Pick<Required<QueuingConfiguration>, 'queues' | 'handSize'>,
): PriorityLevelConfiguration {
  const limitResponse = { type: 'Queue', queuing: { ...queues, queueLengthLimit } };
  return level(name, {
    type: 'Limited',
    limited: { nominalConcurrencyShares: shares, lendablePercent, limitResponse },
  });
}

const few = { queues: 64, handSize: 6 };
const many = { queues: 128, handSize: 6 };

/** The priority levels. */
export const bootstrapLevels: readonly PriorityLevelConfiguration[] = [
  level('exempt', { type: 'Exempt', exempt: { nominalConcurrencyShares: 0, lendablePercent: 0 } }),
  level('catch-all', {
    type: 'Limited',
    limited: { nominalConcurrencyShares: 5, lendablePercent: 0, limitResponse: { type: 'Reject' } },
  }),
  queued('system', 30, 33, few),
  queued('node-high', 40, 25, few),
  queued('leader-election', 10, 0, { queues: 16, handSize: 4 }),
  queued('workload-high', 40, 50, many),
  queued('workload-low', 100, 90, many),
  queued('global-default', 20, 50, many),
];

const groups = (...names: string[]): FlowSubject[] => names.map((name) => ({ kind: 'Group', group: { name } }));
const users = (...names: string[]): FlowSubject[] => names.map((name) => ({ kind: 'User', user: { name } }));
const accounts = (...names: string[]): FlowSubject[] =>
  names.map((name) => ({ kind: 'ServiceAccount', serviceAccount: { name, namespace: 'kube-system' } }));

const everybody = groups(unauthenticatedGroup, authenticatedGroup);
const useLock = ['get', 'create', 'update'];
const everywhere = ['*'];
const leases = (verbs: string[]): ResourcePolicyRule => ({
  verbs,
  apiGroups: ['coordination.k8s.io'],
  resources: ['leases'],
  namespaces: everywhere,
});
const everything = {
  resourceRules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'], clusterScope: true, namespaces: everywhere }],
  nonResourceRules: [{ verbs: ['*'], nonResourceURLs: ['*'] }],
};

function schema(
  name: string,
  priorityLevel: string,
  matchingPrecedence: number,
  by: 'ByUser' | 'ByNamespace' | undefined,
  rule: PolicyRulesWithSubjects,
): FlowSchema {
  return {
    apiVersion,
    kind: 'FlowSchema',
    metadata: { name },
    spec: {
      priorityLevelConfiguration: { name: priorityLevel },
      matchingPrecedence,
      ...(by === undefined ? {} : { distinguisherMethod: { type: by } }),
      rules: [rule],
    },
  };
}

/** The flow schemas, by precedence. */
export const bootstrapSchemas: readonly FlowSchema[] = [
  schema('exempt', 'exempt', 1, undefined, { subjects: groups(mastersGroup), ...everything }),
  schema('probes', 'exempt', 2, undefined, {
    subjects: everybody,
    nonResourceRules: [{ verbs: ['get'], nonResourceURLs: ['/healthz', '/readyz', '/livez'] }],
  }),
  schema('system-leader-election', 'leader-election', 100, 'ByUser', {
    subjects: [...users('system:kube-controller-manager', 'system:kube-scheduler'), ...accounts('*')],
    resourceRules: [leases(useLock)],
  }),
  schema('endpoint-controller', 'workload-high', 150, 'ByUser', {
    subjects: [
      ...users('system:kube-controller-manager'),
      ...accounts('endpoint-controller', 'endpointslicemirroring-controller'),
    ],
    resourceRules: [{ verbs: useLock, apiGroups: [''], resources: ['endpoints'], namespaces: everywhere }],
  }),
  schema('workload-leader-election', 'leader-election', 200, 'ByUser', {
    subjects: accounts('*'),
    resourceRules: [
      { verbs: useLock, apiGroups: [''], resources: ['endpoints', 'configmaps'], namespaces: everywhere },
      leases(useLock),
    ],
  }),
  schema('system-node-high', 'node-high', 400, 'ByUser', {
    subjects: groups('system:nodes'),
    resourceRules: [
      {
        verbs: ['*'],
        apiGroups: [''],
        resources: ['nodes', 'nodes/status'],
        clusterScope: true,
        namespaces: everywhere,
      },
      leases(['*']),
    ],
  }),
  schema('system-nodes', 'system', 500, 'ByUser', { subjects: groups('system:nodes'), ...everything }),
  schema('kube-controller-manager', 'workload-high', 800, 'ByNamespace', {
    subjects: users('system:kube-controller-manager'),
    ...everything,
  }),
  schema('kube-scheduler', 'workload-high', 800, 'ByNamespace', {
    subjects: users('system:kube-scheduler'),
    ...everything,
  }),
  schema('kube-system-service-accounts', 'workload-high', 900, 'ByNamespace', {
    subjects: accounts('*'),
    ...everything,
  }),
  schema('service-accounts', 'workload-low', 9000, 'ByUser', {
    subjects: groups('system:serviceaccounts'),
    ...everything,
  }),
  schema('global-default', 'global-default', 9900, 'ByUser', { subjects: everybody, ...everything }),
  schema('catch-all', 'catch-all', 10_000, 'ByUser', { subjects: everybody, ...everything }),
];
