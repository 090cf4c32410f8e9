/** What valid objects of the kinds that rule others hold besides their metadata: admission, certificates, flow, devices. */

type Fields = Record<string, unknown>;

/** PEM of a request for CN=a, signed by its key; base64. */
const request =
  'LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUlIRk1HNENBUUF3RERFS01BZ0dBMVVFQXd3QllUQlpNQk1HQnlx' +
  'R1NNNDlBZ0VHQ0NxR1NNNDlBd0VIQTBJQQpCQjRCbkU2WHZhQ2dZdVYzQklxNmhJS2w0L1NPeEJCbUp5TVBuQlNJV3hSUjdBaGNR' +
  'R2ZnbG12aDhkL2tPWDBFCmkvMzk1ZVIyOUgwSEFpTUtMOFBHemJtZ0FEQUtCZ2dxaGtqT1BRUURBZ05IQURCRUFpQmRRS0VJNGJP' +
  'QzFncUsKWjJkYXRhNFlEOElTK1BaSlpzWFhseCtESG1CR1VRSWdXMHdwNXkwMFEvN1Rxc0ZyOW1OOG9EU3JrNXFheng4TQp0UjYz' +
  'Q2E3VEJsND0KLS0tLS1FTkQgQ0VSVElGSUNBVEUgUkVRVUVTVC0tLS0tCg==';

/** PEM of a CA certificate. */
const ca = [
  '-----BEGIN CERTIFICATE-----',
  'MIIBbjCCARWgAwIBAgIUP6ZHH+7rzNjs355SLTkhxr7FjhIwCgYIKoZIzj0EAwIw',
  'DDEKMAgGA1UEAwwBYTAgFw0yNjExMjgxNDQwNDBaGA8yMTI2MTEwNDE0NDA0MFow',
  'DDEKMAgGA1UEAwwBYTBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABB4BnE6XvaCg',
  'YuV3BIq6hIKl4/SOxBBmJyMPnBSIWxRR7AhcQGfglmvh8d/kOX0Ei/395eR29H0H',
  'AiMKL8PGzbmjUzBRMB0GA1UdDgQWBBTc/ivisRD1eEcXvicdW8oi78qcmzAfBgNV',
  'HSMEGDAWgBTc/ivisRD1eEcXvicdW8oi78qcmzAPBgNVHRMBAf8EBTADAQH/MAoG',
  'CCqGSM49BAMCA0cAMEQCICFovMu/qcMS9zd2ap9Mjli+5jh/Ne95iMEZb4NIle4h',
  'AiBq8bLf9LphqYdGQ9KBXZUtcyB2WEhIULcu0GEnbjS6/A==',
  '-----END CERTIFICATE-----',
].join('\n');

const match = {
  resourceRules: [{ apiGroups: ['example.com'], apiVersions: ['v1'], operations: ['CREATE'], resources: ['things'] }],
};
const validation = {
  failurePolicy: 'Ignore',
  matchConstraints: match,
  variables: [{ name: 'a', expression: '1' }],
  matchConditions: [{ name: 'a', expression: 'true' }],
  validations: [{ expression: 'true', messageExpression: "'x'" }],
};
const mutation = {
  failurePolicy: 'Ignore',
  reinvocationPolicy: 'Never',
  matchConstraints: match,
  mutations: [{ patchType: 'JSONPatch', jsonPatch: { expression: '[JSONPatch{op: "remove", path: "/a"}]' } }],
};
const flowRule = {
  subjects: [{ kind: 'User', user: { name: 'ann' } }],
  resourceRules: [{ verbs: ['get'], apiGroups: [''], resources: ['pods'], namespaces: ['fuzz'] }],
  nonResourceRules: [{ verbs: ['get'], nonResourceURLs: ['/x'] }],
};
const when = '2026-01-02T03:04:05.000006Z';
/** What v1 says below `exactly`, v1beta1 says beside the name. */
const claim = { devices: { requests: [{ name: 'a', exactly: { deviceClassName: 'a' }, deviceClassName: 'a' }] } };

/** Kind → fields; a fresh copy for each use. */
const made: Readonly<Record<string, () => Fields>> = {
  Event: () => ({
    // core
    involvedObject: { namespace: 'fuzz', name: 'a', kind: 'Pod', apiVersion: 'v1' },
    type: 'Normal',
    // events.k8s.io
    regarding: { namespace: 'fuzz', name: 'a', kind: 'Pod', apiVersion: 'v1' },
    eventTime: when,
    action: 'Run',
    reason: 'Ran',
    reportingController: 'example.com/c',
    reportingComponent: 'example.com/c',
    reportingInstance: 'a',
  }),
  APIService: () => ({
    spec: {
      ...{ group: 'example.com', version: 'v1', groupPriorityMinimum: 1000, versionPriority: 10 },
      ...{ service: { namespace: 'fuzz', name: 'a' }, insecureSkipTLSVerify: true },
    },
  }),
  CertificateSigningRequest: () => ({
    spec: { request, signerName: 'example.com/x', usages: ['client auth'], expirationSeconds: 3600 },
  }),
  ClusterTrustBundle: () => ({ spec: { trustBundle: ca } }),
  ValidatingAdmissionPolicy: () => ({ spec: validation }),
  ValidatingAdmissionPolicyBinding: () => ({ spec: { policyName: 'a', validationActions: ['Warn'] } }),
  MutatingAdmissionPolicy: () => ({ spec: mutation }),
  MutatingAdmissionPolicyBinding: () => ({ spec: { policyName: 'a' } }),
  LeaseCandidate: () => ({
    spec: {
      ...{ leaseName: 'a', binaryVersion: '1.36.0', emulationVersion: '1.36.0', strategy: 'OldestEmulationVersion' },
      ...{ renewTime: when, pingTime: when },
    },
  }),
  FlowSchema: () => ({
    spec: { priorityLevelConfiguration: { name: 'global-default' }, matchingPrecedence: 9000, rules: [flowRule] },
  }),
  PriorityLevelConfiguration: () => ({
    spec: { type: 'Limited', limited: { nominalConcurrencyShares: 1, limitResponse: { type: 'Reject' } } },
  }),
  DeviceClass: () => ({ spec: { selectors: [{ cel: { expression: 'true' } }] } }),
  ResourceClaim: () => ({ spec: claim }),
  ResourceClaimTemplate: () => ({ spec: { spec: claim } }),
  ResourceSlice: () => ({
    spec: {
      ...{ driver: 'example.com', nodeName: 'a', pool: { name: 'a', generation: 1, resourceSliceCount: 1 } },
      devices: [{ name: 'a', attributes: { x: { int: 1 } }, capacity: { y: { value: '1' } } }],
    },
  }),
  DeviceTaintRule: () => ({
    spec: { deviceSelector: { driver: 'example.com' }, taint: { key: 'a', effect: 'NoSchedule' } },
  }),
};

/** The fields of a valid object of `kind`; undefined for kinds that are not here. */
export function validControlFields(kind: string): Fields | undefined {
  return Object.hasOwn(made, kind) ? made[kind]?.() : undefined;
}
