/** What the hub refuses of a Pod, and how it says it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { changeFaults, faults } from './made.ts';

const container = { name: 'c', image: 'busybox:1' };
const of = (spec: object) => faults('', 'Pod', { spec: { containers: [container], ...spec } });
const first = (parts: object) => of({ containers: [{ ...container, ...parts }] });
const change = (before: object, after: object) =>
  changeFaults(
    '',
    'Pod',
    { spec: { containers: [container], ...before } },
    { spec: { containers: [container], ...after } },
  );

test('an ordinary Pod is fine', () => {
  const mounted = { volumeMounts: [{ name: 'v', mountPath: '/v' }], env: [{ name: 'A', value: '1' }] };
  assert.deepEqual(of({ containers: [{ ...container, ...mounted }], volumes: [{ name: 'v' }] }), []);
});

test('a Pod needs a container, and a container a name and an image', () => {
  assert.deepEqual(of({ containers: [] }), ['spec.containers: Required value']);
  assert.deepEqual(of({ containers: [{}] }), [
    'spec.containers[0].name: Required value',
    'spec.containers[0].image: Required value',
  ]);
});

test('closed lists name what is allowed', () => {
  assert.deepEqual(of({ restartPolicy: 'Maybe' }), [
    'spec.restartPolicy: Unsupported value: "Maybe": supported values: "Always", "OnFailure", "Never"',
  ]);
});

test('mounts lead to volumes that are there', () => {
  assert.deepEqual(first({ volumeMounts: [{ name: 'no', mountPath: '/x' }] }), [
    'spec.containers[0].volumeMounts[0].name: Not found: "no"',
  ]);
});

test('ports are numbers of ports, names of ports are short words', () => {
  assert.deepEqual(first({ ports: [{ containerPort: 70_000, name: 'Bad_Name' }] }), [
    'spec.containers[0].ports[0].name: Invalid value: "Bad_Name": must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)',
    'spec.containers[0].ports[0].containerPort: Invalid value: 70000: must be between 1 and 65535, inclusive',
  ]);
});

test('a request stays below its limit', () => {
  assert.deepEqual(first({ resources: { requests: { cpu: '2' }, limits: { cpu: '1' } } }), [
    'spec.containers[0].resources.requests: Invalid value: "2": must be less than or equal to cpu limit of 1',
  ]);
});

test('a volume has one source', () => {
  assert.deepEqual(of({ volumes: [{ name: 'v', emptyDir: {}, hostPath: { path: '/x' } }] }), [
    'spec.volumes[0].hostPath: Forbidden: may not specify more than 1 volume type',
  ]);
});

test('a probe has one way of asking', () => {
  assert.deepEqual(first({ livenessProbe: {} }), [
    'spec.containers[0].livenessProbe: Required value: must specify a handler type',
  ]);
});

test('tolerations say what they mean', () => {
  assert.deepEqual(
    of({ tolerations: [{ operator: 'Equal' }, { key: 'a', effect: 'NoSchedule', tolerationSeconds: 3 }] }),
    [
      'spec.tolerations[0].operator: Invalid value: "Equal": operator must be Exists when `key` is empty, which means "match all values and all keys"',
      'spec.tolerations[1].effect: Invalid value: "NoSchedule": effect must be \'NoExecute\' when `tolerationSeconds` is set',
    ],
  );
});

test('the image of a container may change, its environment may not', () => {
  assert.deepEqual(change({}, { containers: [{ ...container, image: 'busybox:2' }] }), []);
  const [fault = ''] = change({}, { containers: [{ ...container, env: [{ name: 'A' }] }] });
  assert.match(
    fault,
    /^spec: Forbidden: pod updates may not change fields other than `spec\.containers\[\*\]\.image`,/,
  );
});

test('containers of a Pod neither come nor go', () => {
  assert.deepEqual(change({}, { containers: [container, { name: 'd', image: 'i' }] }), [
    'spec.containers: Forbidden: pod updates may not add or remove containers',
  ]);
});

test('tolerations may be added, not taken away', () => {
  const toleration = { key: 'a', operator: 'Exists' };
  assert.deepEqual(change({}, { tolerations: [toleration] }), []);
  assert.deepEqual(change({ tolerations: [toleration] }, {}), [
    'spec.tolerations: Forbidden: existing toleration can not be modified except its tolerationSeconds',
  ]);
});

test('a deadline may come and may shrink', () => {
  assert.deepEqual(change({}, { activeDeadlineSeconds: 10 }), []);
  assert.deepEqual(change({ activeDeadlineSeconds: 10 }, { activeDeadlineSeconds: 5 }), []);
  assert.deepEqual(change({ activeDeadlineSeconds: 10 }, { activeDeadlineSeconds: 20 }), [
    'spec.activeDeadlineSeconds: Invalid value: 20: must be less than or equal to previous value',
  ]);
});

test('the security of containers is checked where a node could not carry it out', () => {
  const secured = (securityContext: object, more: object = {}) =>
    of({ containers: [{ ...container, securityContext }], ...more });
  const at = 'spec.containers[0].securityContext';
  assert.deepEqual(secured({ procMount: 'Unmasked' }), [
    `${at}.procMount: Invalid value: "Unmasked": \`hostUsers\` must be false to use \`Unmasked\``,
  ]);
  assert.deepEqual(secured({ procMount: 'Unmasked' }, { hostUsers: false }), []);
  assert.deepEqual(of({ hostUsers: false, hostPID: true }), [
    'spec.HostPID: Forbidden: when `pod.Spec.HostUsers` is false',
  ]);
  assert.deepEqual(secured({ appArmorProfile: { type: 'Localhost' } }), [
    `${at}.appArmorProfile.localhostProfile: Required value: must be set when AppArmor type is Localhost`,
  ]);
  assert.deepEqual(secured({ appArmorProfile: { type: 'RuntimeDefault' } }), []);
  assert.deepEqual(of({ securityContext: { appArmorProfile: { type: 'No' } } }), [
    'spec.securityContext.appArmorProfile.type: Unsupported value: "No": supported values: "Localhost", "RuntimeDefault", "Unconfined"',
  ]);
});

test('a mount is read-only all the way down only when it is read-only', () => {
  const mounting = (mount: object) =>
    of({
      containers: [{ ...container, volumeMounts: [{ name: 'v', mountPath: '/v', ...mount }] }],
      volumes: [{ name: 'v' }],
    });
  const at = 'spec.containers[0].volumeMounts.recursiveReadOnly';
  assert.deepEqual(mounting({ recursiveReadOnly: 'Enabled', readOnly: true }), []);
  assert.deepEqual(mounting({ recursiveReadOnly: 'IfPossible' }), [
    `${at}: Forbidden: may only be specified when readOnly is true`,
  ]);
});

test('a container may have a restart policy of its own, and rules before it', () => {
  const rule = { action: 'Restart', exitCodes: { operator: 'In', values: [42] } };
  assert.deepEqual(first({ restartPolicy: 'Never', restartPolicyRules: [rule] }), []);
  assert.deepEqual(first({ restartPolicyRules: [rule] }), [
    'spec.containers[0].restartPolicy: Required value: must specify restartPolicy when restart rules are used',
  ]);
  assert.deepEqual(first({ restartPolicy: 'Never', restartPolicyRules: [{ action: 'Stop' }] }), [
    'spec.containers[0].restartPolicyRules[0].action: Unsupported value: "Stop": supported values: "Restart", "RestartAllContainers"',
    'spec.containers[0].restartPolicyRules[0].exitCodes: Required value: must be specified',
  ]);
});
