/** Admission policies for tests: bound to the test's own namespace, and gone with the test. */
import type { Cluster } from './suite.ts';

const paths = '/apis/admissionregistration.k8s.io/v1';

/** Collections of policies and of their bindings. */
const policyPaths = {
  validating: {
    policies: `${paths}/validatingadmissionpolicies`,
    bindings: `${paths}/validatingadmissionpolicybindings`,
  },
  mutating: { policies: `${paths}/mutatingadmissionpolicies`, bindings: `${paths}/mutatingadmissionpolicybindings` },
} as const;

/** Rules about Deployments. */
const deploymentRules = [
  { apiGroups: ['apps'], apiVersions: ['v1'], operations: ['CREATE', 'UPDATE'], resources: ['deployments'] },
];

/**
 * Makes a policy about Deployments and binds it to the test's namespace by a label of that; both are named after it, and
 * gone after the test.
 */
export async function bindPolicy(
  { namespace, ok, api, patch, after }: Cluster,
  kind: keyof typeof policyPaths,
  spec: Record<string, unknown>,
  binding: Record<string, unknown> = {},
): Promise<void> {
  const { policies, bindings } = policyPaths[kind];
  const metadata = { name: namespace };
  await patch('merge', `/api/v1/namespaces/${namespace}`, { metadata: { labels: { 'policy-test': namespace } } });
  after(() => api('DELETE', `${policies}/${namespace}`));
  after(() => api('DELETE', `${bindings}/${namespace}`));
  await ok('POST', policies, { metadata, spec: { matchConstraints: { resourceRules: deploymentRules }, ...spec } });
  const matchResources = { namespaceSelector: { matchLabels: { 'policy-test': namespace } } };
  await ok('POST', bindings, { metadata, spec: { policyName: namespace, matchResources, ...binding } });
}
