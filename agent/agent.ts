/** Wires the agent of one node: the only place where its long-lived parts are made. */
import { randomBytes } from 'node:crypto';
import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import type { Taint } from '../hub/api/scheduling.ts';
import type { Service } from '../hub/api/service.ts';
import { coracleVersion } from '../hub/api/version.ts';
import type { AgentSettings } from '../hub/base/agent-settings.ts';
import { systemClock } from '../hub/base/clock.ts';
import type { DataDir } from '../hub/base/data-dir.ts';
import { startParts } from '../hub/base/lifecycle.ts';
import type { Log } from '../hub/base/log.ts';
import { longestGrace } from './end-pods.ts';
import { brokerUrl, hubAddress, loadIdentity } from './link/identity.ts';
import { createRenewal } from './link/join-client.ts';
import { createLink } from './link/mqtt-link.ts';
import { openCare } from './open-care.ts';
import { networkAnnotations, type OpenedNetwork, openNetwork } from './open-network.ts';
import { openDns } from './open-dns.ts';
import { openPods, type OpenedPods } from './open-pods.ts';
import { openRuntime } from './open-runtime.ts';
import { hubEnvironment, nearHost, serviceEnvironment } from './pods/container/api-environment.ts';
import { readMachine } from './resources/machine.ts';
import { createNodeReporter, type NodeReporter } from './resources/node-reporter.ts';
import { createUsage } from './resources/usage.ts';
import { openCheckpoints } from './state/checkpoints.ts';
import { openHeld } from './state/held-journal.ts';
import { openTokens } from './state/tokens.ts';
import { createVolumes } from './volumes/disk-volumes.ts';
import { createReleasedVolumes } from './volumes/released-volumes.ts';

/** An agent that runs. */
export interface Agent {
  readonly node: string;
  /**
   * Stops the agent; with `pods` it first ends every container of this node, else they go on. With `shutdown` the machine
   * itself goes down: Pods get the time that is set for that, and the hub is told.
   */
  stop(options: { pods: boolean; shutdown: boolean }): Promise<void>;
}

/** How long the hub may take to hear how Pods ended when the machine goes down, in milliseconds. */
const lastWord = 3000;

/** Starts the agent of a device that has joined. Rejects with one clear sentence when it cannot. */
export async function openAgent(options: { dir: DataDir; settings: AgentSettings; log: Log }): Promise<Agent> {
  const { dir, settings, log } = options;
  const clock = systemClock;
  const files = dir.agent;
  let identity = await loadIdentity(files.pki);
  if (identity === undefined)
    throw new Error(`this machine has not joined a hub: run "coracle join" (data directory ${dir.root})`);
  const joined = identity;
  // containers of other users reach their volumes: directories let them pass, and show nothing
  if (process.getuid?.() === 0) for (const each of [dir.root, files.dir]) await chmod(each, 0o711);
  const machine = await readMachine();
  const state = join(files.dir, 'state');
  const held = await openHeld({ dir: state, log: log.child({ room: 'state' }) });
  const checkpoints = await openCheckpoints({ dir: state, log: log.child({ room: 'state' }) });
  const tokenStore = await openTokens({ dir: state, log: log.child({ room: 'state' }) });
  const hub = (): ReturnType<typeof hubAddress> => hubAddress(identity ?? joined, clock.now());

  let node: NodeReporter | undefined;
  let network: OpenedNetwork | undefined;
  const { runtime, containers, trouble } = await openRuntime({
    ...{ dir: files.dir, settings, boot: machine.bootId, clock },
    addresses: () => node?.addresses() ?? [],
    changed: () => node?.changed(),
    log: log.child({ room: 'runtime' }),
  });

  // link and pods call each other; what the link calls exists before it is started
  let workers: OpenedPods | undefined;
  const link = createLink({
    urls: () => [brokerUrl(identity ?? joined)],
    hub,
    node: joined.node,
    boot: machine.bootId,
    version: coracleVersion,
    held,
    handlers: {
      objects: (change) => held.apply(change),
      synced: () => workers?.pods.synced(),
      unreachable: (failures) => renewal.unreachable(failures),
      stream: (request) => workers?.streams.open(request),
      connection(connected) {
        if (!connected) return;
        usage.whole();
        void node?.connected();
        workers?.pods.connected();
      },
    },
    clock,
    log: log.child({ room: 'link' }),
    newId: () => randomBytes(12).toString('hex'),
    random: Math.random,
    keepalive: settings.keepAlive,
  });

  const localVolumesDir = join(files.dir, 'local-volumes');
  const local = { node: joined.node, dir: localVolumesDir };
  const volumes = createVolumes({
    ...{ dir: join(files.dir, 'pods'), mounts: runtime.mounts, local },
    ...(runtime.images === undefined ? {} : { images: runtime.images }),
  });
  const care = openCare({
    ...{ settings, dir: files.dir, runtime, images: runtime.images, volumes, clock, log },
    pods: () => workers?.pods,
    changed: () => node?.changed(),
  });
  node = await createNodeReporter({
    name: joined.node,
    machine,
    dir: files.dir,
    hardwareFile: join(files.dir, 'hardware.json'),
    ...(containers ? { annotations: networkAnnotations(settings) } : {}),
    chosenAddress: settings.nodeAddress,
    hubHost: () => joined.host,
    localVolumesDir,
    runtime,
    labels: settings.labels,
    taints: settings.taints.map(parseTaint),
    settings,
    images: () => care.images?.images() ?? [],
    pressures: () => care.eviction.pressures(),
    network: () => network?.troubles(),
    unready: () => unready([care.shutdown.unready(), trouble(), network?.trouble()]),
    send: (report) => link.reportNode(report),
    clock,
    log: log.child({ room: 'resources' }),
  });
  if (containers)
    network = openNetwork({
      ...{ node: joined.node, dir: files.dir, settings, held, clock, log: log.child({ room: 'network' }) },
      podsHeld: () => workers?.statics.held ?? held,
      nodeAddresses: () => node?.addresses() ?? [],
      async sandboxes() {
        const why = trouble();
        // not waited for: the node is to say soon that its runtime is away
        if (why !== undefined) throw new Error(why);
        return (await runtime.list()).sandboxes;
      },
      async lookForAddresses() {
        await node?.connected();
        link.moved();
        return node?.addresses() ?? [];
      },
      changed: () => node?.changed(),
    });
  const apiEnvironment = (): Record<string, string> => {
    const service = held.get('services/default/kubernetes') as Service | undefined;
    if (service !== undefined && network?.serves('default/kubernetes') === true) return serviceEnvironment(service);
    // where Services do not work, the API is where it really is
    return hubEnvironment(containers ? nearHost(joined.host, node?.addresses() ?? []) : joined.host, joined.apiPort);
  };
  const dns = containers
    ? openDns({
        ...{ node: joined.node, settings, dir: files.dir, held, clock, log: log.child({ room: 'dns' }) },
        reportEvent: (event) => link.reportEvent(event),
      })
    : undefined;
  const nameServers = (): readonly string[] => {
    if (settings.clusterDns.length > 0) return settings.clusterDns;
    const address = dns?.address() ?? joined.clusterDNS;
    return dns === undefined || address === '' ? [] : [address];
  };
  const usage = createUsage({
    clock,
    log: log.child({ room: 'resources' }),
    every: settings.usageInterval * 1000,
    stats: async () =>
      (await runtime.stats()).map(({ pod, ...use }) => ({
        ...use,
        pod: { ...pod, uid: workers?.statics.shownUid(pod.uid) ?? pod.uid },
      })),
    quality: () => link.quality(),
    send: (message) => link.usage(message),
    measured: () => node?.measured(),
  });
  const releasedVolumes = createReleasedVolumes({
    ...{ local, held, clock, log: log.child({ room: 'volumes' }) },
    released: (name) => link.reportReleased(name),
  });
  workers = await openPods({
    ...{
      name: joined.node,
      boot: machine.bootId,
      node,
      settings,
      dir: files.dir,
      held,
      checkpoints,
      tokenStore,
      runtime,
      volumes,
    },
    ...{ link, hub, care, nameServers, clock, log: log.child({ room: 'pods' }) },
    rates: () => usage.rates(),
    environment: apiEnvironment,
    guard: async (uid) => network?.guard(uid),
  });
  const { pods, statics, streams } = workers;
  const renewal = createRenewal({
    identity: joined,
    directory: files.pki,
    clock,
    log: log.child({ room: 'link' }),
    renewed: (next) => {
      identity = next;
    },
  });

  const stores = [held, checkpoints, tokenStore];
  const stopParts = await startParts([
    { name: 'state', stop: async () => void (await Promise.all(stores.map((store) => store.close()))) },
    { name: 'runtime', start: () => runtime.start(), stop: () => runtime.stop() },
    ...(network?.parts ?? []),
    ...(dns === undefined ? [] : [dns]),
    care.eviction,
    node,
    { name: 'link', start: () => link.start(), stop: () => link.stop() },
    pods,
    statics,
    releasedVolumes,
    ...(care.images === undefined ? [] : [care.images]),
    usage,
    { name: 'streams', stop: () => streams.stop() },
    renewal,
  ]);
  log.info({ node: joined.node, hub: joined.host, runtime: runtime.name }, 'the agent runs');
  return {
    node: joined.node,
    async stop({ pods: withPods, shutdown: down }) {
      if (down) {
        await care.shutdown.run();
        await link.delivered(lastWord);
      }
      if (withPods) await pods.stopAll(longestGrace);
      await stopParts();
    },
  };
}

/** Kubelet's way to say several things at once. */
function unready(troubles: readonly (string | undefined)[]): string | undefined {
  const found = troubles.filter((trouble) => trouble !== undefined);
  return found.length > 1 ? `[${found.join(', ')}]` : found[0];
}

/** `key=value:Effect` or `key:Effect`, as the settings have checked. */
function parseTaint(text: string): Taint {
  const [left = '', effect = ''] = text.split(':');
  const [key = '', value] = left.split('=');
  return { key, effect, ...(value === undefined ? {} : { value }) };
}
