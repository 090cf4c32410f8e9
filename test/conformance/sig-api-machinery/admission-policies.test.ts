/** Admission policies in CEL and their bindings, as API objects. */
import { crud, type Kind } from '../crud.ts';
import { conformance } from '../suite.ts';

const group = { group: 'admissionregistration.k8s.io', version: 'v1', namespaced: false };
const rules = [{ apiGroups: ['apps'], apiVersions: ['v1'], operations: ['CREATE'], resources: ['deployments'] }];
const matchConstraints = (unique: string): object => ({
  resourceRules: rules,
  namespaceSelector: { matchLabels: { policy: unique } },
});

const validatingPolicies: Kind = {
  ...group,
  resource: 'validatingadmissionpolicies',
  kind: 'ValidatingAdmissionPolicy',
  body: (_, unique) => ({
    spec: {
      failurePolicy: 'Ignore',
      matchConstraints: matchConstraints(unique),
      validations: [{ expression: 'object.spec.replicas <= 100', reason: 'Invalid' }],
    },
  }),
  change(object) {
    object['spec'].failurePolicy = 'Fail';
  },
  subresources: {
    status: [
      { conditions: [conditionOf('StatusPatched', 'True')] },
      { conditions: [conditionOf('StatusUpdated', 'True')] },
    ],
  },
};

function conditionOf(type: string, status: string): object {
  return { type, status, reason: 'Tested', message: 'by a test', lastTransitionTime: '2026-01-02T03:04:05Z' };
}

const mutatingPolicies: Kind = {
  ...group,
  resource: 'mutatingadmissionpolicies',
  kind: 'MutatingAdmissionPolicy',
  body: (_, unique) => ({
    spec: {
      failurePolicy: 'Ignore',
      reinvocationPolicy: 'Never',
      matchConstraints: matchConstraints(unique),
      mutations: [
        {
          patchType: 'ApplyConfiguration',
          applyConfiguration: { expression: 'Object{metadata: Object.metadata{annotations: {"a": "b"}}}' },
        },
      ],
    },
  }),
  change(object) {
    object['spec'].failurePolicy = 'Fail';
  },
};

const bindings = (kind: string, resource: string, more: object): Kind => ({
  ...group,
  resource,
  kind,
  body: (_, unique) => ({
    spec: {
      policyName: `${unique}.example.com`,
      matchResources: { namespaceSelector: { matchLabels: { policy: unique } } },
      ...more,
    },
  }),
});

conformance('[sig-api-machinery] validatingadmissionpolicy.go: VAP API operations', (cluster) =>
  crud(cluster, validatingPolicies),
);

conformance('[sig-api-machinery] validatingadmissionpolicy.go: VAP binding API operations', (cluster) =>
  crud(
    cluster,
    bindings('ValidatingAdmissionPolicyBinding', 'validatingadmissionpolicybindings', { validationActions: ['Deny'] }),
  ),
);

conformance('[sig-api-machinery] mutatingadmissionpolicy.go: MAP API operations', (cluster) =>
  crud(cluster, mutatingPolicies),
);

conformance('[sig-api-machinery] mutatingadmissionpolicy.go: MAP binding API operations', (cluster) =>
  crud(cluster, bindings('MutatingAdmissionPolicyBinding', 'mutatingadmissionpolicybindings', {})),
);
