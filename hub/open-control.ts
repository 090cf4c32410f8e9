/** Opens what acts by itself: controllers and the scheduler. Part of the wiring, used by hub.ts. */
import { certificateSigningRequests } from './api/resource.ts';
import { type PodMetrics, podMetricsOfPods } from './api/resource-metrics.ts';
import { authenticatedGroup } from './api/user.ts';
import type { Pki } from './auth/pki.ts';
import type { Clock } from './base/clock.ts';
import type { HubSettings } from './base/hub-settings.ts';
import type { Part } from './base/lifecycle.ts';
import type { Log } from './base/log.ts';
import type { Collector } from './base/metrics.ts';
import type { WorkQueue } from './base/work-queue.ts';
import { createControllers } from './controllers/controllers.ts';
import { lazyTypeCheck } from './kinds/control/policy/lazy-policies.ts';
import type { NodeLink } from './mqtt/node-link.ts';
import type { OpenedAccess } from './open-access.ts';
import type { OpenedObjects } from './open-objects.ts';
import { createEventRecorder } from './registry/event-recorder.ts';
import type { Registry } from './registry/registry.ts';
import { SchedulerMetrics } from './scheduler/metrics.ts';
import { createScheduler } from './scheduler/scheduler.ts';
import type { Aggregation } from './server/aggregation/aggregation.ts';

/** What acts, each a part of the hub. */
export interface OpenedControl {
  readonly controllers: readonly Part[];
  readonly scheduler: Part;
  /** What the scheduler counts. */
  readonly metrics: Collector;
}

/** Options of `openControl`. */
export interface OpenControlOptions {
  readonly objects: OpenedObjects;
  /** The registry with what is measured of Pods. */
  readonly live: Registry;
  readonly access: OpenedAccess;
  readonly pki: Pki;
  readonly link: NodeLink;
  readonly aggregation: Aggregation;
  /** Is told of every queue. */
  readonly queueMade: (queue: WorkQueue) => void;
  readonly settings: HubSettings;
  readonly clock: Clock;
  readonly log: Log;
}

/** Makes them; each works from its start on. */
export function openControl(options: OpenControlOptions): OpenedControl {
  const metrics = new SchedulerMetrics();
  const scheduler = openScheduler(options, metrics);
  return {
    controllers: openControllers(options),
    scheduler,
    metrics: (into) => metrics.write(into, scheduler.pending),
  };
}

function openControllers(options: OpenControlOptions): Part[] {
  const { objects, live, access, pki, aggregation, queueMade, settings, clock, log } = options;
  const { registry, schemas } = objects;
  const { tokens, authorizer } = access;
  return createControllers({
    registry,
    queueMade,
    clock,
    log: log.child({ room: 'controllers' }),
    random: Math.random,
    rootCa: pki.ca,
    issueSecretToken: ({ namespace, name, uid }, secret) =>
      tokens.issue({ namespace, name, uid, audiences: tokens.audiences, bound: { kind: 'Secret', ...secret } }).token,
    certificates: {
      sign: (order) => pki.signRequest(order),
      may: (user, subresource) => {
        const about = { ...certificateSigningRequests, subresource, namespace: '', name: '' };
        return authorizer.authorize({ user, verb: 'create', ...about }).allowed;
      },
    },
    checkTypes: lazyTypeCheck(registry.catalogue, schemas),
    clusterCidr: settings.clusterCidr,
    checkApiService: (service) => aggregation.check(service),
    elsewhere: aggregation.contents,
    podMetrics: (namespace) =>
      live.list(podMetricsOfPods, { namespace }).entries.map((entry) => entry.object<PodMetrics>()),
  });
}

function openScheduler(options: OpenControlOptions, metrics: SchedulerMetrics): ReturnType<typeof createScheduler> {
  const { link, settings, clock } = options;
  const { registry } = options.objects;
  const log = options.log.child({ room: 'scheduler' });
  return createScheduler({
    registry,
    clock,
    log,
    recorder: createEventRecorder({
      ...{ registry, clock, log, component: 'default-scheduler', manager: 'kube-scheduler' },
      user: { name: 'system:kube-scheduler', groups: [authenticatedGroup] },
    }),
    chance: Math.random,
    observe: metrics.observe,
    ...(settings.scheduleByLoad ? { reported: (node: string) => link.load(node) } : {}),
  });
}
