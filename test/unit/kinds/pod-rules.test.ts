/** Rules of Pods that go across their fields, in the words Kubernetes uses. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PodAffinityTerm } from '../../../hub/api/scheduling.ts';
import { created, faults } from './made.ts';

type Cases = readonly (readonly [object, readonly string[]])[];

const pod = (spec: object, container: object = {}) => ({
  spec: { containers: [{ name: 'c', image: 'i', ...container }], ...spec },
});

test('a Pod for Windows asks for nothing of Linux, nor the other way round', () => {
  const not = 'cannot be set for a windows pod';
  const windows = { os: { name: 'windows' } };
  assert.deepEqual(faults('', 'Pod', pod({ ...windows, hostPID: true, securityContext: { fsGroup: 1 } })), [
    `spec.hostPID: Forbidden: ${not}`,
    `spec.securityContext.fsGroup: Forbidden: ${not}`,
  ]);
  assert.deepEqual(faults('', 'Pod', pod(windows, { securityContext: { privileged: false } })), [
    `spec.containers[0].securityContext.privileged: Forbidden: ${not}`,
  ]);
  const windowsOptions = { runAsUserName: 'a\\b' };
  assert.deepEqual(faults('', 'Pod', pod({ os: { name: 'linux' } }, { securityContext: { windowsOptions } })), [
    'spec.containers[0].securityContext.windowsOptions: Forbidden: windows options cannot be set for a linux pod',
  ]);
});

test('options for Windows name users, and processes of the node only together', () => {
  const at = 'spec.securityContext.windowsOptions';
  const cases: Cases = [
    [{ runAsUserName: 'D\\u' }, []],
    [{ runAsUserName: '' }, [`${at}.runAsUserName: Invalid value: "": runAsUserName cannot be an empty string`]],
    [
      { runAsUserName: 'a\\b\\c' },
      [`${at}.runAsUserName: Invalid value: "a\\\\b\\\\c": runAsUserName cannot contain more than one backslash`],
    ],
    [
      { hostProcess: true },
      ['spec.hostNetwork: Invalid value: false: hostNetwork must be true if pod contains any hostProcess containers'],
    ],
  ];
  for (const [windowsOptions, expected] of cases) {
    assert.deepEqual(faults('', 'Pod', pod({ securityContext: { windowsOptions } })), expected);
  }
});

test('claims of a Pod are named once, and containers use those there are', () => {
  const claim = { name: 'a', resourceClaimName: 'x' };
  const at = 'spec.containers[0].resources.claims[0]';
  assert.deepEqual(faults('', 'Pod', pod({ resourceClaims: [claim, claim, { name: 'b' }] })), [
    'spec.resourceClaims[1].name: Duplicate value: "a"',
    'spec.resourceClaims[2]: Invalid value: {"name":"b"}: must specify one of: `resourceClaimName`, `resourceClaimTemplateName`',
  ]);
  assert.deepEqual(faults('', 'Pod', pod({}, { resources: { claims: [{ name: 'a' }] } })), [
    `${at}: Not found: "a": must be one of the names in pod.spec.resourceClaims which is empty`,
  ]);
});

test('huge pages come whole, divisors are told with their resource, devices and mounts apart', () => {
  const at = 'spec.containers[0]';
  const resources = { limits: { 'hugepages-2Mi': '3Mi', cpu: '1' }, requests: { 'hugepages-2Mi': '3Mi' } };
  assert.deepEqual(faults('', 'Pod', pod({}, { resources })), [
    `${at}.resources.limits[hugepages-2Mi]: Invalid value: "3Mi": 3Mi is not positive integer multiple of hugepages-2Mi`,
    `${at}.resources.requests[hugepages-2Mi]: Invalid value: "3Mi": 3Mi is not positive integer multiple of hugepages-2Mi`,
  ]);
  const env = [{ name: 'A', valueFrom: { resourceFieldRef: { resource: 'limits.cpu', divisor: '2' } } }];
  assert.deepEqual(faults('', 'Pod', pod({}, { env })), [
    `${at}.env[0].valueFrom.resourceFieldRef.divisor: Invalid value: "limits.cpu": only divisor's values 1m and 1 are supported with the cpu resource`,
  ]);
  const volumes = [{ name: 'v', persistentVolumeClaim: { claimName: 'v' } }];
  const both = { volumeMounts: [{ name: 'v', mountPath: '/m' }], volumeDevices: [{ name: 'v', devicePath: '/d' }] };
  assert.deepEqual(faults('', 'Pod', pod({ volumes }, both)), [
    `${at}.volumeMounts[0].name: Invalid value: "v": must not already exist in volumeDevices`,
    `${at}.volumeDevices[0].name: Invalid value: "v": must not already exist in volumeMounts`,
  ]);
});

test('label keys become part of the selectors of a new Pod', () => {
  const term: PodAffinityTerm = {
    topologyKey: 'zone',
    labelSelector: { matchLabels: { a: 'b' } },
    matchLabelKeys: ['v'],
  };
  const affinity = { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] } };
  const labels = { v: '1' };
  const made = created<{ spec: { affinity: typeof affinity } }>('', 'Pod', {
    metadata: { labels },
    ...pod({ affinity }),
  });
  const [first] = made.spec.affinity.podAffinity.requiredDuringSchedulingIgnoredDuringExecution;
  assert.deepEqual(first?.labelSelector, {
    matchLabels: { a: 'b' },
    matchExpressions: [{ key: 'v', operator: 'In', values: ['1'] }],
  });
  const at = 'spec.affinity.podAffinity.requiredDuringSchedulingIgnoredDuringExecution[0]';
  const twice = { ...term, labelSelector: { matchLabels: { v: '2' } }, mismatchLabelKeys: ['v'] };
  affinity.podAffinity.requiredDuringSchedulingIgnoredDuringExecution = [twice];
  assert.deepEqual(faults('', 'Pod', { metadata: { labels }, ...pod({ affinity }) }), [
    `${at}[0]: Invalid value: "v": exists in both matchLabelKeys and labelSelector`,
    `${at}[0]: Invalid value: "v": exists in both matchLabelKeys and labelSelector`,
    `${at}.matchLabelKeys[0]: Invalid value: "v": exists in both matchLabelKeys and mismatchLabelKeys`,
  ]);
});
