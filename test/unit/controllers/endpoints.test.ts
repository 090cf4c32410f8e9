/** What stands behind a Service, in both forms. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EndpointSlice } from '../../../hub/api/endpoint-slice.ts';
import type { Service } from '../../../hub/api/service.ts';
import type { EndpointPod } from '../../../hub/controllers/endpoints/endpoint-pod.ts';
import { planSlices, type SlicePlan, sliceGroups } from '../../../hub/controllers/endpoints/slices.ts';
import { endpointSubsets, truncated } from '../../../hub/controllers/endpoints/subsets.ts';

function service(spec: Partial<Service['spec']> = {}): Service {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'web', namespace: 'default', uid: 'uid-web' },
    spec: { selector: { app: 'web' }, ports: [{ name: 'h', port: 80, targetPort: 8080 }], ...spec },
  };
}

function pod(at: number, changes: Partial<EndpointPod> = {}): EndpointPod {
  const ip = `10.32.${at >> 8}.${at & 255}`;
  return {
    ips: [ip],
    node: 'n1',
    ready: true,
    deleting: false,
    finished: false,
    hostname: '',
    subdomain: '',
    target: { kind: 'Pod', namespace: 'default', name: `p${at}`, uid: `u${at}` },
    named: [],
    ...changes,
  };
}

test('ready and other addresses are told apart, in the order of their numbers', () => {
  const subsets = endpointSubsets(service(), [pod(10), pod(9), pod(2, { ready: false }), pod(3, { deleting: true })]);
  assert.deepEqual(
    subsets.map(({ addresses, notReadyAddresses, ports }) => [
      addresses?.map(({ ip }) => ip),
      notReadyAddresses?.map(({ ip }) => ip),
      ports,
    ]),
    [[['10.32.0.9', '10.32.0.10'], ['10.32.0.2'], [{ name: 'h', port: 8080, protocol: 'TCP' }]]],
  );
});

test('a Service that publishes all addresses calls them ready', () => {
  const subsets = endpointSubsets(service({ publishNotReadyAddresses: true }), [
    pod(1, { ready: false }),
    pod(2, { deleting: true }),
  ]);
  assert.equal(subsets[0]?.addresses?.length, 2);
});

test('a port by name leads to each Pod’s own number, and leaves out Pods without it', () => {
  const ports = [{ name: 'h', port: 80, targetPort: 'http' }];
  const named = (port: number) => [{ name: 'http', port, protocol: 'TCP' }];
  const pods = [pod(1, { named: named(8080) }), pod(2, { named: named(9090) }), pod(3)];
  const subsets = endpointSubsets(service({ ports }), pods);
  assert.deepEqual(
    subsets.map((one) => [one.ports?.[0]?.port, one.addresses?.[0]?.ip]),
    [
      [8080, '10.32.0.1'],
      [9090, '10.32.0.2'],
    ],
  );
});

test('a headless Service without ports still has addresses, with host names of its own Pods', () => {
  const headless = service({ clusterIP: 'None', ports: [] });
  const subsets = endpointSubsets(headless, [pod(1, { hostname: 'db-0', subdomain: 'web' })]);
  assert.deepEqual(subsets, [
    {
      addresses: [
        {
          ip: '10.32.0.1',
          hostname: 'db-0',
          nodeName: 'n1',
          targetRef: { kind: 'Pod', namespace: 'default', name: 'p1', uid: 'u1' },
        },
      ],
    },
  ]);
});

test('an Endpoints object holds a thousand addresses at most', () => {
  const pods = Array.from({ length: 1200 }, (_, at) => pod(at, { ready: at % 2 === 0 }));
  const { subsets, over } = truncated(endpointSubsets(service(), pods));
  assert.ok(over);
  assert.deepEqual([subsets[0]?.addresses?.length, subsets[0]?.notReadyAddresses?.length], [600, 400]);
});

/** Applies a plan to what is stored. */
function applied(plan: SlicePlan, slices: readonly EndpointSlice[]): EndpointSlice[] {
  const kept = slices.filter((slice) => !plan.remove.includes(slice));
  const changed = kept.map((slice) => {
    const update = plan.update.find((one) => one.slice === slice);
    return update === undefined ? slice : { ...slice, endpoints: [...update.endpoints] };
  });
  const created = plan.create.map(
    (group, at): EndpointSlice => ({
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { name: `web-${slices.length + at}` },
      addressType: group.addressType,
      endpoints: [...group.endpoints],
      ...(group.ports === null ? {} : { ports: [...group.ports] }),
    }),
  );
  return [...changed, ...created];
}

const sizes = (slices: readonly EndpointSlice[]): number[] => slices.map((slice) => slice.endpoints?.length ?? 0);
const groupsOf = (...pods: EndpointPod[]) => sliceGroups(service(), pods, () => undefined);

test('a Service nobody stands behind has one empty slice', () => {
  const plan = planSlices(groupsOf(), []);
  assert.equal(plan.create.length, 1);
  assert.deepEqual(planSlices(groupsOf(), applied(plan, [])), { create: [], update: [], remove: [] });
});

test('conditions tell ready, serving and terminating apart', () => {
  const [group] = groupsOf(pod(1, { deleting: true }));
  assert.deepEqual(group?.endpoints[0]?.conditions, { ready: false, serving: true, terminating: true });
});

test('slices hold a hundred each, and a change writes only the slice it is in', () => {
  const pods = Array.from({ length: 250 }, (_, at) => pod(at));
  let slices = applied(planSlices(groupsOf(...pods), []), []);
  assert.deepEqual(sizes(slices), [100, 100, 50]);
  pods[120] = pod(120, { ready: false });
  const change = planSlices(groupsOf(...pods), slices);
  assert.deepEqual([change.create.length, change.update.length, change.remove.length], [0, 1, 0]);
  slices = applied(change, slices);
  const fewer = planSlices(groupsOf(...pods.slice(100)), slices);
  assert.deepEqual([fewer.create.length, fewer.update.length, fewer.remove.length], [0, 0, 1]);
  const more = planSlices(groupsOf(...pods, pod(300), pod(301)), slices);
  assert.deepEqual([more.create.length, more.update.length], [0, 1]);
});

test('ready endpoints are hinted for their zone, and for their node where that is asked for', () => {
  const hints = (trafficDistribution: string | undefined, zone: string | undefined, ...pods: EndpointPod[]) => {
    const wanted = service();
    if (trafficDistribution !== undefined) wanted.spec.trafficDistribution = trafficDistribution;
    return sliceGroups(wanted, pods, () => zone).flatMap(({ endpoints }) => endpoints.map((each) => each.hints));
  };
  const [here, forZones, forNodes] = [pod(1, { node: 'n1' }), [{ name: 'east' }], [{ name: 'n1' }]];
  assert.deepEqual(hints(undefined, 'east', here), [undefined]);
  for (const value of ['PreferClose', 'PreferSameZone']) assert.deepEqual(hints(value, 'east', here), [{ forZones }]);
  assert.deepEqual(hints('PreferSameNode', 'east', here), [{ forZones, forNodes }]);
  assert.deepEqual(hints('PreferSameNode', undefined, here), [{ forNodes }]);
  assert.deepEqual(hints('PreferClose', undefined, here), [undefined]);
  assert.deepEqual(hints('PreferSameNode', 'east', pod(1, { node: 'n1', ready: false })), [undefined]);
});
