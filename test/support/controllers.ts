/** A registry in memory with all controllers, the scheduler and played nodes. */
import { setImmediate as turn } from 'node:timers/promises';
import type { TestContext } from 'node:test';
import type { KubeObject } from '../../hub/api/object.ts';
import { namespaces, nodes, type ResourceRef } from '../../hub/api/resource.ts';
import { type Clock, systemClock } from '../../hub/base/clock.ts';
import { startParts } from '../../hub/base/lifecycle.ts';
import { silentLog } from '../../hub/base/log.ts';
import { createControllers } from '../../hub/controllers/controllers.ts';
import { NamespaceLifecycle } from '../../hub/registry/admission/namespace-lifecycle.ts';
import { createEventRecorder } from '../../hub/registry/event-recorder.ts';
import type { Entry, Registry } from '../../hub/registry/registry.ts';
import { createScheduler } from '../../hub/scheduler/scheduler.ts';
import { eventually } from './eventually.ts';
import { type FakeKubelet, startFakeKubelet } from './fake-kubelet.ts';
import { asAdmin } from './objects.ts';
import { openTestRegistry } from './test-registry.ts';

/** The running half of a hub. */
export interface ControlPlane {
  readonly registry: Registry;
  readonly kubelet: FakeKubelet;
  create(ref: ResourceRef, object: KubeObject): Promise<Entry>;
  /** Entries of the default namespace whose labels hold `labels`. */
  find(ref: ResourceRef, labels?: Record<string, string>): Entry[];
  /** Stops controllers and scheduler and starts new ones. */
  restart(): Promise<void>;
}

/** Starts controllers and scheduler over `registry`; the answer stops them. */
export function startControlPlane(registry: Registry, clock: Clock = systemClock): Promise<() => Promise<void>> {
  const log = silentLog;
  const user = { name: 'system:kube-scheduler', groups: ['system:masters'] };
  const recorder = createEventRecorder({
    registry,
    clock,
    log,
    component: 'default-scheduler',
    user,
    manager: 'kube-scheduler',
  });
  return startParts([
    ...createControllers({
      registry,
      clock,
      log,
      random: Math.random,
      rootCa: 'CA',
      issueSecretToken: (account, secret) => `${account.name} ${secret.name}`,
      certificates: { sign: () => 'CERTIFICATE', may: () => false },
      checkTypes: () => [],
      clusterCidr: '10.32.0.0/11',
      checkApiService: () => Promise.reject(new Error('no server')),
    }),
    createScheduler({ registry, clock, log, recorder, chance: Math.random }),
  ]);
}

/** Everything, with `count` ready nodes `n1`, `n2`…; gone after the test. */
export async function controlPlane(test: TestContext, options: { nodes?: number } = {}): Promise<ControlPlane> {
  // a namespace that ends must take no more Pods, or it would never be empty
  const lifecycle = new NamespaceLifecycle({
    get: (...about) => registry.get(...about),
    entries: (...about) => registry.entries(...about),
  });
  const registry: Registry = await openTestRegistry(test, { admission: [lifecycle] });
  const kubelet = startFakeKubelet(registry);
  let stop = await startControlPlane(registry);
  test.after(async () => {
    await stop();
    kubelet.stop();
  });
  const about = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'default' } };
  await registry.create(namespaces, '', about, asAdmin);
  const count = options.nodes ?? 3;
  for (let at = 1; at <= count; at++) await kubelet.addNode(`n${at}`);
  const ranged = (entry: Entry): boolean => (entry.object().spec as { podCIDR?: string }).podCIDR !== undefined;
  await eventually('nodes have their ranges', () => [...registry.entries(nodes)].every(ranged));
  return {
    registry,
    kubelet,
    create: async (ref, object) => (await registry.create(ref, 'default', object, asAdmin)).entry,
    find(ref, labels = {}) {
      const wanted = Object.entries(labels);
      return [...registry.entries(ref, 'default')].filter((entry) =>
        wanted.every(([name, value]) => entry.labels[name] === value),
      );
    },
    async restart() {
      await stop();
      await turn();
      stop = await startControlPlane(registry);
    },
  };
}
