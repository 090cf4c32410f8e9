/** Opens what keeps the Pods of this node: their workers, static Pods and tokens, and streams for the hub. Part of the wiring, used by agent.ts. */
import { join } from 'node:path';
import type { PodTokenResponse } from '../hub/api/node-requests.ts';
import type { AgentSettings } from '../hub/base/agent-settings.ts';
import type { Clock } from '../hub/base/clock.ts';
import type { Log } from '../hub/base/log.ts';
import { askHub, type HubAddress, HubError } from './link/hub-request.ts';
import type { Link } from './link/link.ts';
import type { Care } from './open-care.ts';
import { createPodEvents } from './pods/events.ts';
import { createPods, type Pods } from './pods/pods.ts';
import { openStaticPods, type StaticPods } from './pods/static/static-pods.ts';
import { createStreams, type Streams } from './pods/streams/streams.ts';
import { createPodTokens, type PodTokens } from './pods/tokens.ts';
import { runHook } from './probes/run-hook.ts';
import { runProbe } from './probes/run-probe.ts';
import { createNodeDocuments } from './resources/documents/node-documents.ts';
import type { NodeReporter } from './resources/node-reporter.ts';
import { readResolver } from './resources/resolv-conf.ts';
import type { Usage } from './resources/usage.ts';
import type { Runtime } from './runtime/runtime.ts';
import type { Checkpoints } from './state/checkpoints.ts';
import type { HeldObjects } from './state/held.ts';
import { openManifests } from './state/manifests.ts';
import type { TokenStore } from './state/tokens.ts';
import { createPodFiles } from './volumes/pod-files.ts';
import type { Volumes } from './volumes/volumes.ts';

/** Options of `openPods`. */
export interface OpenPodsOptions {
  /** The name of this node. */
  readonly name: string;
  /** The kernel's boot id. */
  readonly boot: string;
  readonly node: NodeReporter;
  readonly settings: AgentSettings;
  /** The agent's directory. */
  readonly dir: string;
  readonly held: HeldObjects;
  readonly checkpoints: Checkpoints;
  readonly tokenStore: TokenStore;
  readonly runtime: Runtime;
  readonly volumes: Volumes;
  readonly link: Link;
  /** Where the hub is, and as whom it is asked. */
  readonly hub: () => HubAddress;
  readonly care: Care;
  /** The servers Pods ask for names. */
  readonly nameServers: () => readonly string[];
  /** Environment every container gets. */
  readonly environment: () => Readonly<Record<string, string>>;
  /** Resolves when a container of this Pod may start; rejects with RuntimeError. */
  readonly guard: (uid: string) => Promise<void>;
  readonly rates: Usage['rates'];
  readonly clock: Clock;
  readonly log: Log;
}

/** What was made, not started yet. */
export interface OpenedPods {
  readonly pods: Pods;
  readonly statics: StaticPods;
  readonly streams: Streams;
}

/** Makes them. The runtime has to be started before the workers. */
export async function openPods(options: OpenPodsOptions): Promise<OpenedPods> {
  const { name, settings, dir, held, checkpoints, link, clock, log } = options;
  const statics = await openStaticPods({
    ...{ node: name, held, checkpoints, clock, log },
    manifests: openManifests({
      dir: settings.staticPodsDir === '' ? join(dir, 'static-pods') : settings.staticPodsDir,
      clock,
    }),
    report: (report) => link.reportPod(report),
    reportStatics: (all) => link.reportStatics(all),
    reportEvent: (event) => link.reportEvent(event),
  });
  const pods = openWorkers(options, statics);
  return { pods, statics, streams: openStreams(options, pods, statics) };
}

function openWorkers(options: OpenPodsOptions, statics: StaticPods): Pods {
  const { name, boot, node, settings, checkpoints, runtime, volumes, link, care, clock, log } = options;
  return createPods({
    ...{ checkpoints, runtime, volumes, clock, log, environment: options.environment, guard: options.guard },
    node: { name, boot, addresses: node.addresses, allocatable: node.allocatable },
    held: statics.held,
    events: createPodEvents({ clock, component: 'kubelet', send: (event) => link.reportEvent(event) }),
    report: (report) => statics.report(report),
    tokens: openPodTokens(options),
    admit: (pod) => care.shutdown.refuse() ?? care.eviction.refuse(pod),
    probe: runProbe,
    hook: runHook,
    files: createPodFiles({ dir: join(options.dir, 'hosts') }),
    dns: async () => ({ servers: options.nameServers(), domain: settings.clusterDomain, host: await readResolver() }),
  });
}

function openPodTokens({ tokenStore, link, hub, clock, log }: OpenPodsOptions): PodTokens {
  return createPodTokens({
    store: tokenStore,
    connected: () => link.connected,
    ask: (body) => askHub<PodTokenResponse>(hub(), { method: 'POST', path: '/token', body }),
    isRefusal: (error) => error instanceof HubError && error.code !== undefined,
    clock,
    log,
  });
}

function openStreams(options: OpenPodsOptions, pods: Pods, statics: StaticPods): Streams {
  const { name, boot, settings, dir, runtime, link, rates, clock, log } = options;
  return createStreams({
    dial: (request, signal) => link.dial(request, signal),
    logs: {
      ...{ runtime, clock, boot },
      find: (namespace, pod, uid = '') => pods.find(namespace, pod, statics.ownUid(uid)),
    },
    documents: createNodeDocuments({
      ...{ node: name, dir, runtime, clock, rates },
      pods: () => pods.all(),
      configuration: () => kubeletConfiguration(settings, options.nameServers()),
    }),
    log,
  });
}

/** What the settings are in a kubelet's own words. */
function kubeletConfiguration({ clusterDomain }: AgentSettings, servers: readonly string[]): Record<string, unknown> {
  const head = { kind: 'KubeletConfiguration', apiVersion: 'kubelet.config.k8s.io/v1beta1' };
  return { ...head, clusterDNS: servers, clusterDomain };
}
