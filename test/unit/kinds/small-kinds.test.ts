import assert from 'node:assert/strict';
import test from 'node:test';
import type { FieldError } from '../../../hub/api/field-error.ts';
import type { KubeObject } from '../../../hub/api/object.ts';
import { eventStrategy, newEventStrategy } from '../../../hub/kinds/config/event.ts';
import { apiServiceStrategy } from '../../../hub/kinds/control/api-service.ts';
import type { Strategy } from '../../../hub/kinds/kind.ts';
import { ingressClassStrategy, ingressStrategy } from '../../../hub/kinds/network/ingress.ts';
import { networkPolicyStrategy } from '../../../hub/kinds/network/network-policy.ts';
import { priorityClassStrategy, runtimeClassStrategy } from '../../../hub/kinds/policy/classes.ts';
import { disruptionBudgetStrategy } from '../../../hub/kinds/policy/disruption-budget.ts';
import { serviceStrategy } from '../../../hub/kinds/service/service.ts';
import {
  csiNodeStrategy,
  storageClassStrategy,
  volumeAttachmentStrategy,
  volumeAttributesClassStrategy,
} from '../../../hub/kinds/storage/classes.ts';
import { replicationControllerStrategy } from '../../../hub/kinds/workload/replication-controller.ts';
import { statefulSetStrategy } from '../../../hub/kinds/workload/stateful-set.ts';
import { controllerRevisionStrategy } from '../../../hub/kinds/workload/controller-revision.ts';

const all = (errors: readonly FieldError[]): string[] => errors.map(({ field, message }) => `${field}: ${message}`);

const aThing = (fields: object, name = 'x'): KubeObject =>
  ({ apiVersion: 'v1', kind: 'X', metadata: { name, namespace: 'n' }, ...fields }) as KubeObject;

const time = '2026-01-01T00:00:00.000001Z';
const told = { eventTime: time, reportingInstance: 'i', action: 'a', reason: 'r' };
const newEvent = { ...told, reportingController: 'c', type: 'Normal', regarding: { namespace: 'n' } };
const toleration = { key: 'k', operator: 'Exists', tolerationSeconds: 3 };

const set = {
  podManagementPolicy: 'Parallel',
  updateStrategy: { type: 'OnDelete' },
  selector: { matchLabels: { a: 'b' } },
  template: {
    metadata: { labels: { a: 'b' } },
    spec: {
      restartPolicy: 'Always',
      dnsPolicy: 'ClusterFirst',
      containers: [{ name: 'c', image: 'i', imagePullPolicy: 'Always', terminationMessagePolicy: 'File' }],
    },
  },
};

type Row = readonly [strategy: Strategy, object: object, expected: readonly string[], old?: object];

const rows: Readonly<Record<string, Row>> = {
  'an old Event of another namespace': [
    eventStrategy,
    { involvedObject: {} },
    ['involvedObject.namespace: Invalid value: "": does not match event.namespace'],
  ],
  'an Event of the core group has any type': [
    eventStrategy,
    { ...told, reportingComponent: 'c', involvedObject: { namespace: 'n' }, type: 'Odd' },
    [],
  ],
  'an Event with a time only': [
    eventStrategy,
    { eventTime: time, involvedObject: { namespace: 'other' } },
    [
      'reportingComponent: Required value',
      'reportingComponent: Invalid value: "": name part must be non-empty',
      "reportingComponent: Invalid value: \"\": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
      'reportingInstance: Required value',
      'action: Required value',
      'reason: Required value',
    ],
  ],
  'a new Event with old fields': [
    newEventStrategy,
    {
      ...newEvent,
      type: 'Odd',
      series: { count: 1 },
      deprecatedCount: 1,
      deprecatedSource: { component: 'c' },
      deprecatedFirstTimestamp: time,
    },
    [
      'series.count: Invalid value: "": should be at least 2',
      'series.lastObservedTime: Required value',
      'type: Invalid value: "": has invalid value: Odd',
      'firstTimestamp: Invalid value: "": needs to be unset',
      'count: Invalid value: "": needs to be unset',
      'source: Invalid value: "": needs to be unset',
    ],
  ],
  'a changed Event': [
    newEventStrategy,
    { ...newEvent, reason: 'other', regarding: { namespace: 'n', kind: 'Pod' } },
    [
      'involvedObject: Invalid value: {"Kind":"Pod","Namespace":"n","Name":"","UID":"","APIVersion":"","ResourceVersion":"","FieldPath":""}: field is immutable',
      'reason: Invalid value: "other": field is immutable',
      'reason: Invalid value: "other": field is immutable',
    ],
    newEvent,
  ],
  'a series goes on': [newEventStrategy, { ...newEvent, series: { count: 2, lastObservedTime: time } }, [], newEvent],
  'a RuntimeClass': [
    runtimeClassStrategy,
    {
      handler: 'h',
      overhead: { podFixed: { 'hugepages-2Mi': '3Mi' } },
      scheduling: { tolerations: [toleration, { ...toleration, tolerationSeconds: 4, effect: '' }] },
    },
    [
      'overhead.limits[hugepages-2Mi]: Invalid value: "3Mi": 3Mi is not positive integer multiple of hugepages-2Mi',
      'overhead: Forbidden: HugePages require cpu or memory',
      'scheduling.tolerations[0].effect: Invalid value: "": effect must be \'NoExecute\' when `tolerationSeconds` is set',
      'scheduling.tolerations[1].effect: Invalid value: "": effect must be \'NoExecute\' when `tolerationSeconds` is set',
      'scheduling.tolerations[1]: Duplicate value: {"Key":"k","Operator":"Exists","Value":"","Effect":"","TolerationSeconds":4}',
    ],
  ],
  'a StorageClass with changed topologies': [
    storageClassStrategy,
    {
      provisioner: 'p',
      volumeBindingMode: 'Immediate',
      allowedTopologies: [{ matchLabelExpressions: [{ key: 'a' }] }],
    },
    ['allowedTopologies[0].matchLabelExpressions[0].values: Required value'],
    { provisioner: 'p', volumeBindingMode: 'Immediate' },
  ],
  'a VolumeAttributesClass without parameters': [
    volumeAttributesClassStrategy,
    { driverName: 'd' },
    [
      'parameters: Forbidden: updates to parameters are forbidden.',
      'parameters: Required value: must contain at least one key/value pair',
    ],
    { driverName: 'd', parameters: { a: 'b' } },
  ],
  'a CSINode': [
    csiNodeStrategy,
    { spec: { drivers: [{ name: 'd', nodeID: '' }] } },
    ['spec.drivers[0].nodeID: Required value', 'spec.drivers[0].nodeID: Required value'],
    { spec: { drivers: [] } },
  ],
  'a VolumeAttachment': [
    volumeAttachmentStrategy,
    { spec: { attacher: 'a', nodeName: 'n', source: {} } },
    [
      'spec.source: Required value: must specify exactly one of inlineVolumeSpec and persistentVolumeName',
      'spec.source: Required value: must specify exactly one of inlineVolumeSpec and persistentVolumeName',
    ],
    { spec: { attacher: 'a', nodeName: 'n', source: {} } },
  ],
  'a StatefulSet with what its claims and its Service cannot be': [
    statefulSetStrategy,
    { spec: { ...set, serviceName: 'a.b', volumeClaimTemplates: [{ metadata: { name: 'd' }, spec: {} }] } },
    [
      'spec.volumeClaimTemplates[0].spec.accessModes: Required value: at least 1 access mode is required',
      'spec.volumeClaimTemplates[0].spec.resources[storage]: Required value',
      `spec.serviceName: Invalid value: "a.b": a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')`,
    ],
  ],
  'a changed StatefulSet is not asked again': [
    statefulSetStrategy,
    {
      spec: { ...set, serviceName: 'a.b', replicas: 2, volumeClaimTemplates: [{ metadata: { name: 'd' }, spec: {} }] },
    },
    [],
    { spec: { ...set, serviceName: 'a.b', volumeClaimTemplates: [{ metadata: { name: 'd' }, spec: {} }] } },
  ],
  'a ReplicationController of Pods that end': [
    replicationControllerStrategy,
    {
      spec: {
        selector: { a: 'b' },
        template: { ...set.template, spec: { ...set.template.spec, activeDeadlineSeconds: 1 } },
      },
    },
    [
      'spec.template.spec.activeDeadlineSeconds: Forbidden: activeDeadlineSeconds in ReplicationController is not Supported',
    ],
  ],
  'a ControllerRevision that holds no object': [
    controllerRevisionStrategy,
    { revision: -1, data: [] },
    [
      'revision: Invalid value: -1: must be greater than or equal to 0',
      'data: Required value: data must be a valid JSON object',
    ],
  ],
  'a changed ControllerRevision': [
    controllerRevisionStrategy,
    { revision: -1, data: { a: 1 } },
    [
      'revision: Invalid value: -1: must be greater than or equal to 0',
      'data: Invalid value: {"a":1}: field is immutable',
    ],
    { revision: 1, data: {} },
  ],
  'an APIService': [
    apiServiceStrategy,
    { spec: { version: 'v2', groupPriorityMinimum: 1, versionPriority: 1, caBundle: 'AAAA' } },
    [
      'metadata.name: Invalid value: "x": must be `spec.version+"."+spec.group`: "v2."',
      'spec.group: Required value: only v1 may have an empty group and it better be legacy kube',
      'spec.caBundle: Invalid value: "3 bytes": local APIServices may not have a caBundle',
    ],
  ],
  'ports of a NetworkPolicy': [
    networkPolicyStrategy,
    {
      spec: {
        ingress: [
          {
            ports: [
              { port: 90, endPort: 80 },
              { port: 'A!', endPort: 1 },
            ],
          },
        ],
      },
    },
    [
      'spec.ingress[0].ports[0].endPort: Invalid value: 90: must be greater than or equal to `port`',
      'spec.ingress[0].ports[1].endPort: Invalid value: 1: may not be specified when `port` is non-numeric',
      'spec.ingress[0].ports[1].port: Invalid value: "A!": must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)',
      'spec.ingress[0].ports[1].port: Invalid value: "A!": must contain at least one letter (a-z)',
    ],
  ],
  'an Ingress to a Service whose name begins with a digit': [
    ingressStrategy,
    { spec: { defaultBackend: { service: { name: '1a', port: { number: 80 } } } } },
    [],
  ],
  'an IngressClass': [
    ingressClassStrategy,
    { spec: { controller: 'example.com/a', parameters: { apiGroup: '', scope: 'Cluster' } } },
    [
      "spec.parameters.apiGroup: Invalid value: \"\": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
      'spec.parameters.kind: Required value',
      'spec.parameters.name: Required value',
    ],
  ],
};

for (const [name, [strategy, object, expected, old]] of Object.entries(rows)) {
  test(`small kinds: ${name}`, () => {
    const made = aThing(object);
    const errors = old === undefined ? strategy.validateCreate(made) : strategy.validateUpdate(made, aThing(old));
    assert.deepEqual(all(errors), expected);
  });
}

test('a priority class of the system is never the default', () => {
  const errors = priorityClassStrategy.validateCreate(
    aThing({ value: 2_000_000_000, globalDefault: true, preemptionPolicy: '' }, 'system-cluster-critical'),
  );
  assert.deepEqual(all(errors), [
    "metadata.name: Forbidden: priority class names with 'system-' prefix are reserved for system use only. error: globalDefault of system-cluster-critical PriorityClass must be false",
    'preemptionPolicy: Required value',
  ]);
});

test('the name of a Service may begin with a digit', () => {
  assert.deepEqual(serviceStrategy.validateName('1a'), []);
});

test('Events and budgets may be called nearly anything', () => {
  for (const strategy of [eventStrategy, disruptionBudgetStrategy]) assert.deepEqual(strategy.validateName('A_b'), []);
});
