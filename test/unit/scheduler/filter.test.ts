/** Why a Pod is refused by a node, in the words of kube-scheduler. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Node } from '../../../hub/api/node.ts';
import type { Pod } from '../../../hub/api/pod.ts';
import { filterByNode, filterByRoom, type Refusal } from '../../../hub/scheduler/filter.ts';
import { fitError } from '../../../hub/scheduler/fit-error.ts';
import { NodeRoom } from '../../../hub/scheduler/node-room.ts';
import { PodClasses } from '../../../hub/scheduler/pod-class.ts';
import { aNode, aPod } from '../../support/workloads.ts';

const classes = new PodClasses();

function room(node: Node, ...pods: Pod[]): NodeRoom {
  const made = new NodeRoom(node.metadata.name ?? '', 0);
  made.set(node);
  for (const pod of pods) made.take(classes.load(pod));
  return made;
}

function refusal(pod: Pod, node: NodeRoom): Refusal | undefined {
  return filterByNode(pod.spec, node) ?? filterByRoom(classes.load(pod), node);
}

function reasons(pod: Pod, node: NodeRoom): readonly string[] {
  return refusal(pod, node)?.reasons ?? [];
}

test('a Pod that asks for nothing special fits on an empty node', () => {
  assert.deepEqual(reasons(aPod('p'), room(aNode('n'))), []);
});

test('every missing resource is named', () => {
  const node = room(aNode('n', { allocatable: { cpu: '1', memory: '1Gi', pods: '1' } }), aPod('other'));
  const pod = aPod('p', { requests: { cpu: '2', memory: '2Gi', 'example.com/gpu': '1', 'ephemeral-storage': '1Gi' } });
  assert.deepEqual(reasons(pod, node), [
    'Too many pods',
    'Insufficient cpu',
    'Insufficient memory',
    'Insufficient ephemeral-storage',
    'Insufficient example.com/gpu',
  ]);
});

test('what other Pods have taken counts, and comes back when they go', () => {
  const half = aPod('half', { requests: { cpu: '2500m' } });
  const node = room(aNode('n'), half);
  assert.deepEqual(reasons(half, node), ['Insufficient cpu']);
  node.free(classes.load(half));
  assert.deepEqual(reasons(half, node), []);
});

test('an init container counts by its peak, a sidecar with all that come after it', () => {
  const asks = (cpu: string) => ({ name: 'c', resources: { requests: { cpu } } });
  const peak = aPod('p', { requests: { cpu: '1' }, spec: { initContainers: [asks('3')] } });
  assert.equal(classes.load(peak).requests.cpu, 3000);
  const sidecar = aPod('p', {
    requests: { cpu: '1' },
    spec: { initContainers: [{ ...asks('1'), restartPolicy: 'Always' }, asks('3')], overhead: { cpu: '500m' } },
  });
  assert.equal(classes.load(sidecar).requests.cpu, 4500);
});

test('a taint nobody tolerates is shown with its value', () => {
  const node = room(aNode('n', { taints: [{ key: 'role', value: 'db', effect: 'NoSchedule' }] }));
  assert.deepEqual(reasons(aPod('p'), node), ['node(s) had untolerated taint {role: db}']);
  const tolerations = [{ key: 'role', operator: 'Equal', value: 'db', effect: 'NoSchedule' }];
  assert.deepEqual(reasons(aPod('p', { spec: { tolerations } }), node), []);
  assert.deepEqual(reasons(aPod('p', { spec: { tolerations: [{ operator: 'Exists' }] } }), node), []);
});

test('a cordoned node takes only who tolerates that', () => {
  const node = aNode('n');
  node.spec.unschedulable = true;
  assert.deepEqual(reasons(aPod('p'), room(node)), ['node(s) were unschedulable']);
  const tolerations = [{ key: 'node.kubernetes.io/unschedulable', operator: 'Exists', effect: 'NoSchedule' }];
  assert.deepEqual(reasons(aPod('p', { spec: { tolerations } }), room(node)), []);
});

test('node selectors and affinity are judged by labels and by the name', () => {
  const node = room(aNode('n1', { labels: { disk: 'ssd', cores: '8' } }));
  const refusal = ["node(s) didn't match Pod's node affinity/selector"];
  assert.deepEqual(reasons(aPod('p', { spec: { nodeSelector: { disk: 'hdd' } } }), node), refusal);
  const required = (term: object): Pod =>
    aPod('p', {
      spec: {
        affinity: {
          nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [term] } },
        },
      },
    });
  const expression = (operator: string, ...values: string[]) =>
    required({ matchExpressions: [{ key: 'cores', operator, values }] });
  assert.deepEqual(reasons(expression('Gt', '4'), node), []);
  assert.deepEqual(reasons(expression('Lt', '4'), node), refusal);
  assert.deepEqual(reasons(expression('NotIn', '8'), node), refusal);
  assert.deepEqual(reasons(required({}), node), refusal);
  const named = (name: string) => required({ matchFields: [{ key: 'metadata.name', operator: 'In', values: [name] }] });
  assert.deepEqual(reasons(named('n1'), node), []);
  assert.deepEqual(reasons(named('n2'), node), refusal);
});

test('host ports collide on the same address, and on every address', () => {
  const on = (hostIP: string | undefined, protocol = 'TCP'): Pod =>
    aPod('p', {
      spec: {
        containers: [
          {
            name: 'c',
            ports: [{ containerPort: 80, hostPort: 80, protocol, ...(hostIP === undefined ? {} : { hostIP }) }],
          },
        ],
      },
    });
  const busy = ["node(s) didn't have free ports for the requested pod ports"];
  const node = room(aNode('n'), on('10.0.0.1'));
  assert.deepEqual(reasons(on('10.0.0.1'), node), busy);
  assert.deepEqual(reasons(on(undefined), node), busy);
  assert.deepEqual(reasons(on('0.0.0.0'), node), busy);
  assert.deepEqual(reasons(on('10.0.0.2'), node), []);
  assert.deepEqual(reasons(on('10.0.0.1', 'UDP'), node), []);
});

test('the sentence counts reasons over all nodes and says whether preemption would help', () => {
  const pod = aPod('p', { requests: { cpu: '3' } });
  const tainted = room(aNode('a', { taints: [{ key: 'k', value: 'v', effect: 'NoExecute' }] }));
  const full = [room(aNode('b'), pod), room(aNode('c'), pod)];
  const refusals = [tainted, ...full].flatMap((node) => refusal(pod, node) ?? []);
  assert.equal(
    fitError(refusals, 'hopeless'),
    '0/3 nodes are available: 1 node(s) had untolerated taint {k: v}, 2 Insufficient cpu. ' +
      'preemption: 0/3 nodes are available: 1 Preemption is not helpful for scheduling, ' +
      '2 No preemption victims found for incoming pod.',
  );
  assert.equal(fitError([], 'hopeless'), 'no nodes available to schedule pods');
});
