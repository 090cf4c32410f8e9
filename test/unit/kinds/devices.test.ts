/** What is wrong with claims for devices, classes and slices of them, in the words Kubernetes uses. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeObject } from '../../../hub/api/object.ts';
import { strategyOf } from '../../../hub/kinds/strategies.ts';
import { changeFaults, created, faults, lines, strategy } from './made.ts';

const group = 'resource.k8s.io';
const claim = (devices: object) => ({ spec: { devices } });
const exactly = (parts: object = {}) => ({ name: 'r', exactly: { deviceClassName: 'gpu', ...parts } });
const label =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const ref = "must be the name of a request in the claim or the name of a request and a subrequest separated by '/'";

test('a claim asks for devices in one way each, and refers to what it asks for', () => {
  const at = 'spec.devices.requests[0]';
  const cases: readonly (readonly [object, readonly string[]])[] = [
    [{ requests: [exactly()] }, []],
    [{ requests: [{ name: 'r', firstAvailable: [{ name: 'a', deviceClassName: 'gpu' }] }] }, []],
    [
      { requests: [{ name: 'r' }] },
      [`${at}: Required value: exactly one of \`exactly\` or \`firstAvailable\` is required`],
    ],
    [{ requests: [exactly({ deviceClassName: '' })] }, [`${at}.exactly.deviceClassName: Required value`]],
    [{ requests: [{ ...exactly(), name: 'A' }] }, [`${at}.name: Invalid value: "A": ${label}`]],
    [{ requests: [exactly(), exactly()] }, ['spec.devices.requests[1]: Duplicate value: "r"']],
    [
      { requests: [exactly({ allocationMode: 'All', count: 2 })] },
      [`${at}.exactly.count: Invalid value: 2: must not be specified when allocationMode is 'All'`],
    ],
    [
      { requests: [exactly({ allocationMode: 'Some' })] },
      [`${at}.exactly.allocationMode: Unsupported value: "Some": supported values: "All", "ExactCount"`],
    ],
    [
      { requests: [exactly({ selectors: [{ cel: { expression: 'device.driver' } }, {}] })] },
      [
        `${at}.exactly.selectors[0].cel.expression: Invalid value: "device.driver": must evaluate to bool or the unknown type, not string`,
        `${at}.exactly.selectors[1].cel: Required value`,
      ],
    ],
    [{ requests: [exactly({ selectors: [{ cel: { expression: 'device.attributes["a.b"].c' } }] })] }, []],
    [
      { requests: [exactly({ tolerations: [{ operator: 'Exists', value: 'x', effect: 'Never' }] })] },
      [
        `${at}.exactly.tolerations[0].value: Invalid value: "x": must be empty for operator \`Exists\``,
        `${at}.exactly.tolerations[0].effect: Unsupported value: "Never": supported values: "NoExecute", "NoSchedule", "None"`,
      ],
    ],
    [
      { requests: [exactly()], constraints: [{ requests: ['x'], matchAttribute: 'a' }, {}] },
      [
        `spec.devices.constraints[0].requests[0]: Invalid value: "x": ${ref}`,
        'spec.devices.constraints[0].matchAttribute: Invalid value: "a": a fully qualified name must be a domain and a name separated by a slash',
        'spec.devices.constraints[1]: Required value: exactly one of "matchAttribute" or "distinctAttribute" is required, but multiple fields are set',
      ],
    ],
    [
      { config: [{}, { opaque: { driver: 'd.io', parameters: [] } }] },
      [
        'spec.devices.config[0].opaque: Required value',
        'spec.devices.config[1].opaque.parameters: Invalid value: "<value omitted>": must be a valid JSON object',
      ],
    ],
    [
      { requests: Array.from({ length: 33 }, (_, index) => ({ ...exactly(), name: `r${index}` })) },
      ['spec.devices.requests: Too many: 33: must have at most 32 items'],
    ],
  ];
  for (const [devices, expected] of cases) assert.deepEqual(faults(group, 'ResourceClaim', claim(devices)), expected);
});

test('one device is asked for unless the claim says otherwise, and the claim stays as it is', () => {
  const made = created<{ spec: unknown }>(group, 'ResourceClaim', claim({ requests: [exactly()] }));
  const request = { deviceClassName: 'gpu', allocationMode: 'ExactCount', count: 1 };
  assert.deepEqual(made.spec, claim({ requests: [{ name: 'r', exactly: request }] }).spec);
  const after = claim({ requests: [exactly({ count: 2 })] });
  const [fault = ''] = changeFaults(group, 'ResourceClaim', claim({ requests: [exactly()] }), after);
  assert.match(fault, /^spec: Invalid value: \{.*\}: field is immutable$/);
});

const place = { driver: 'd.io', pool: 'p', device: 'gpu-0' };

/** What is wrong with giving a claim with one request this status. */
function statusFaults(status: object, before: object = {}, metadata: object = {}): string[] {
  const { spec } = claim({ requests: [exactly()] });
  const made = (parts: object): KubeObject => ({
    ...created(group, 'ResourceClaim', { metadata, spec }),
    status: structuredClone(parts),
  });
  const after = made(status);
  const old = made(before);
  const { prepareStatusUpdate, validateStatusUpdate } = strategy(group, 'ResourceClaim');
  prepareStatusUpdate(after, old);
  return lines(validateStatusUpdate(after, old));
}

test('the status of a claim tells of devices it was given', () => {
  const allocation = { devices: { results: [{ ...place, request: 'r' }] } };
  const pod = { resource: 'pods', name: 'x', uid: '1' };
  const going = { deletionTimestamp: '2026-01-01T00:00:00Z' };
  const cases: readonly (readonly [string[], readonly string[]])[] = [
    [statusFaults({ allocation, reservedFor: [pod], devices: [place] }), []],
    [
      statusFaults({ reservedFor: [pod] }),
      ['status.reservedFor: Forbidden: may not be specified when `allocated` is not set'],
    ],
    [
      statusFaults({ allocation, reservedFor: [pod] }, { allocation }, going),
      [
        'status.reservedFor: Forbidden: new entries may not be added while `deallocationRequested` or `deletionTimestamp` are set',
      ],
    ],
    [
      statusFaults({ allocation, devices: [{ ...place, device: 'gpu-1' }] }),
      ['status.devices[0]: Invalid value: "d.io/p/gpu-1": must be an allocated device in the claim'],
    ],
    [statusFaults({ devices: [place] }, { allocation, devices: [place] }), []],
    [
      statusFaults({ allocation, devices: [{ ...place, networkData: { ips: ['10.0.0.1'] } }] }),
      [
        'status.devices[0].networkData.ips[0]: Invalid value: "10.0.0.1": must be a valid address in CIDR form, (e.g. 10.9.8.7/24 or 2001:db8::1/64)',
      ],
    ],
    [
      statusFaults({ allocation, devices: [{ ...place, conditions: [{ type: 'Ready', status: 'Yes' }] }] }),
      [
        'status.devices[0].conditions[0].status: Unsupported value: "Yes": supported values: "False", "True", "Unknown"',
        'status.devices[0].conditions[0].lastTransitionTime: Required value: must be set',
        'status.devices[0].conditions[0].reason: Required value: must be set',
      ],
    ],
    [
      statusFaults({ allocation: { devices: { results: [{ ...place, request: 'x' }] } } }),
      [`status.allocation.devices.results[0].request: Invalid value: "x": ${ref}`],
    ],
  ];
  for (const [found, expected] of cases) assert.deepEqual(found, expected);
});

const slice = (parts: object = {}) => ({
  spec: { driver: 'd.io', pool: { name: 'p', generation: 1, resourceSliceCount: 1 }, allNodes: true, ...parts },
});

test('a slice says where its devices are and what they have', () => {
  const device = (parts: object) => slice({ devices: [{ name: 'gpu-0', ...parts }] });
  const at = 'spec.devices[0]';
  const cases: readonly (readonly [Record<string, unknown>, readonly string[]])[] = [
    [slice(), []],
    [
      slice({ allNodes: undefined, pool: { name: '', generation: -1, resourceSliceCount: 0 } }),
      [
        'spec.pool.name: Required value',
        'spec.pool.resourceSliceCount: Invalid value: 0: must be greater than zero',
        'spec.pool.generation: Invalid value: -1: must be greater than or equal to zero',
        'spec: Required value: exactly one of `nodeName`, `nodeSelector`, `allNodes`, `perDeviceNodeSelection` is required',
      ],
    ],
    [
      slice({ nodeName: 'n' }),
      [
        'spec: Invalid value: "{`nodeName`, `allNodes`}": exactly one of `nodeName`, `nodeSelector`, `allNodes`, `perDeviceNodeSelection` is required, but multiple fields are set',
      ],
    ],
    [
      device({ attributes: { a: {}, 'b/c/d': { int: 1 }, v: { version: '1' } } }),
      [
        `${at}.attributes[a]: Invalid value: "": exactly one value must be specified`,
        `${at}.attributes: Invalid value: "b/c/d": must not contain more than one slash`,
        `${at}.attributes[v].version: Invalid value: "1": must be a string compatible with semver.org spec 2.0.0`,
      ],
    ],
    [
      device({ nodeName: 'n' }),
      [
        `${at}: Invalid value: null: \`nodeName\`, \`nodeSelector\` and \`allNodes\` can only be set if \`perDeviceNodeSelection\` is set to true in the ResourceSlice spec`,
      ],
    ],
    [
      device({ capacity: { m: { value: '1', requestPolicy: { default: '1' } } } }),
      [`${at}.capacity[m].requestPolicy: Forbidden: allowMultipleAllocations must be true`],
    ],
    [
      device({
        allowMultipleAllocations: true,
        capacity: {
          m: { value: '10', requestPolicy: { default: '3', validRange: { min: '2', max: '20', step: '2' } } },
        },
      }),
      [
        `${at}.capacity[m].requestPolicy.validRange.max: Invalid value: "20": max is larger than capacity value: 10`,
        `${at}.capacity[m].requestPolicy.validRange.step: Invalid value: "3": value is not a multiple of a given step (2) from (2)`,
      ],
    ],
    [
      device({ bindingConditions: ['a'] }),
      [
        `${at}.bindingFailureConditions: Invalid value: []: bindingFailureConditions are required to use bindingConditions`,
      ],
    ],
    [
      device({ consumesCounters: [{ counterSet: '', counters: {} }], taints: [{ key: 'a', effect: '' }] }),
      [
        `${at}.taints[0].effect: Required value`,
        `${at}.consumesCounters[0].counterSet: Required value`,
        `${at}.consumesCounters[0].counters: Required value`,
      ],
    ],
  ];
  for (const [object, expected] of cases) assert.deepEqual(faults(group, 'ResourceSlice', object), expected);
  assert.deepEqual(changeFaults(group, 'ResourceSlice', slice(), slice({ driver: 'e.io' })), [
    'spec.driver: Invalid value: "e.io": field is immutable',
  ]);
});

test('a class of devices selects by expressions that compile', () => {
  const found = faults(group, 'DeviceClass', {
    spec: { selectors: [{ cel: { expression: 'device.x' } }], extendedResourceName: 'cpu' },
  });
  assert.equal(found.length, 2);
  assert.match(found[0] ?? '', /^spec\.selectors\[0\]\.cel\.expression: .*compilation failed: .*undefined field 'x'/);
  assert.equal(found[1], 'spec.extendedResourceName: Invalid value: "cpu": must be a valid extended resource name');
});

test('v1beta1 writes requests flat and devices nested, and is filled in and judged like v1', () => {
  const older = (kind: string) => strategyOf(group, kind, `io.k8s.api.resource.v1beta1.${kind}`);
  const object = (spec: object): KubeObject => ({
    ...{ apiVersion: `${group}/v1beta1`, kind: 'X', metadata: { name: 'x' } },
    spec: structuredClone(spec),
  });
  const made = object({ devices: { requests: [{ name: 'r', deviceClassName: 'gpu' }] } });
  older('ResourceClaim').setDefaults(made);
  const request = { name: 'r', deviceClassName: 'gpu', allocationMode: 'ExactCount', count: 1 };
  assert.deepEqual(made['spec'], { devices: { requests: [request] } });
  assert.deepEqual(lines(older('ResourceClaim').validateCreate(made)), []);
  assert.deepEqual(lines(older('ResourceClaim').validateUpdate(made, structuredClone(made))), []);
  const nameless = object({ spec: { devices: { requests: [{ name: 'r', allocationMode: 'All' }] } } });
  assert.deepEqual(lines(older('ResourceClaimTemplate').validateCreate(nameless)), [
    'spec.spec.devices.requests[0].exactly.deviceClassName: Required value',
  ]);
  const pool = { name: 'p', generation: 1, resourceSliceCount: 1 };
  const taints = [{ key: 'k', effect: 'Never', timeAdded: '2026-01-02T03:04:05Z' }];
  const slice = object({ driver: 'd.io', nodeName: 'n', pool, devices: [{ name: 'd', basic: { taints } }] });
  assert.match(
    lines(older('ResourceSlice').validateCreate(slice)).join(),
    /^spec\.devices\[0\]\.taints\[0\]\.effect: /,
  );
});
