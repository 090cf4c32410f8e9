/** The hub put together: only here, and in the `open-*.ts` it uses, anything is constructed. */
import { randomUUID } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { hostname } from 'node:os';
import { fileURLToPath } from 'node:url';
import { coracleVersion } from './api/version.ts';
import { ensureBootstrap } from './auth/bootstrap/bootstrap.ts';
import { defaultDnsAddress } from './auth/bootstrap/dns-service.ts';
import { firstAddress } from './auth/bootstrap/hub-service.ts';
import { openFrontProxy } from './auth/front-proxy.ts';
import { openPki } from './auth/pki.ts';
import { tokenRequest } from './auth/reviews/token-request.ts';
import { machineAddresses } from './base/addresses.ts';
import { systemClock } from './base/clock.ts';
import type { DataDir } from './base/data-dir.ts';
import type { HubSettings } from './base/hub-settings.ts';
import { type Part, startParts } from './base/lifecycle.ts';
import type { Log } from './base/log.ts';
import { readMachineRoutes } from './base/machine-routes.ts';
import { writePrivate } from './base/private-file.ts';
import { writeQueues } from './base/queue-metrics.ts';
import { refuseClashes } from './base/range-clashes.ts';
import type { WorkQueue } from './base/work-queue.ts';
import { publishJoinFacts } from './join/facts.ts';
import { createJoin } from './join/join.ts';
import { withLiveLeases } from './mqtt/health/live-leases.ts';
import { withLiveMetrics } from './mqtt/usage/live-metrics.ts';
import { NodeLink } from './mqtt/node-link.ts';
import { openAccess } from './open-access.ts';
import { openAddons } from './open-addons.ts';
import { openAudit } from './open-audit.ts';
import { openBroker } from './open-broker.ts';
import { openControl } from './open-control.ts';
import { openObjects } from './open-objects.ts';
import { openServer } from './open-server.ts';
import { openStore } from './open-store.ts';
import { Aggregation } from './server/aggregation/aggregation.ts';
import { CommitMetrics } from './store/commit-metrics.ts';

/** A hub that runs. */
export interface Hub {
  readonly ports: Record<string, number>;
  stop(): Promise<void>;
}

const bootstrapManifests = fileURLToPath(new URL('../configs/bootstrap', import.meta.url));

/** The schema type of Pods. */
const podType = 'io.k8s.api.core.v1.Pod';

/** The addresses of this hub, best first; a machine without a network still reaches itself. */
function hostsOf(settings: HubSettings): string[] {
  const chosen = settings.advertiseAddress === '' ? [] : [settings.advertiseAddress];
  const bound =
    settings.bindAddress === '0.0.0.0' || settings.bindAddress === '::' ? machineAddresses() : [settings.bindAddress];
  const all = [...new Set([...chosen, ...bound])];
  return all.length === 0 ? ['127.0.0.1'] : all;
}

/**
 * Opens a hub over a data directory; rejects with one clear sentence when it cannot run. `progress` is told how far it is
 * with what takes long.
 */
export async function openHub(options: {
  dir: DataDir;
  settings: HubSettings;
  log: Log;
  progress?: (what: string) => void;
}): Promise<Hub> {
  const { dir, settings, log } = options;
  const clock = systemClock;
  refuseClashes(settings, await readMachineRoutes());
  const hosts = hostsOf(settings);
  const address = hosts[0] ?? '127.0.0.1';
  const dns = settings.clusterDns === '' ? defaultDnsAddress(settings.serviceCidr) : settings.clusterDns;
  await mkdir(dir.hub.dir, { recursive: true, mode: 0o700 });

  const pki = await openPki({
    dir: dir.hub.pki,
    hosts: [...hosts, hostname(), firstAddress(settings.serviceCidr)],
    clock,
    log,
    clusterDomain: settings.clusterDomain,
  });
  const frontProxy = await openFrontProxy({ dir: dir.hub.pki, clock, log });
  const audit = await openAudit({ dir, settings, clock, log });
  const commits = new CommitMetrics();
  const stored = await openStore({ dir, settings, observe: commits.observe, clock });
  const { store } = stored;
  const objects = await openObjects({
    ...{ store, settings, clock, log },
    progress: (records) => options.progress?.(`${records.toLocaleString('en')} records read`),
  });
  const { registry, schemas, conformer } = objects;
  const access = await openAccess({ objects, pki, settings, clock, log });
  const { identities, tokens, authenticator, authorizer } = access;

  const brokerLog = log.child({ room: 'mqtt' });
  const { broker, embedded } = await openBroker({ pki, dir, settings, hosts, identities, clock, log: brokerLog });
  const link = new NodeLink({
    broker,
    registry,
    clock,
    log: brokerLog,
    newId: randomUUID,
    conform: (pod) => void conformer.conform(podType, pod),
    removed: (node) => identities.removed(node),
  });
  identities.onRevoked((node) => link.revoke(node));

  const endpoint = createJoin({
    host: settings.bindAddress,
    port: settings.joinPort,
    pki,
    registry,
    authenticator,
    authorizer,
    identities,
    tokenRequest: tokenRequest({ tokens, registry }),
    request: (node, request) => link.request(node, request),
    facts: () => ({
      mqttUrl: embedded === undefined ? settings.mqttUrl : `mqtts://:${embedded.port}`,
      apiPort: server.port,
      clusterDomain: settings.clusterDomain,
      clusterDNS: dns,
    }),
    clock,
    log: log.child({ room: 'join' }),
  });
  const aggregation = new Aggregation({
    registry,
    streams: endpoint,
    clock,
    client: () => frontProxy.client(),
    random: Math.random,
  });
  const queues: WorkQueue[] = [];
  const queueMade = (queue: WorkQueue): void => void queues.push(queue);
  const addons = openAddons({
    ...{ dir, registry, schemas, conformer, queueMade, clock, log: log.child({ room: 'addons' }) },
  });
  const live = withLiveMetrics(
    withLiveLeases(registry, (node) => link.leaseRenewTime(node)),
    { usage: link.usage, clock },
  );
  const server = openServer({
    ...{ objects, live, access, pki, stored, link, broker, aggregation, audit, addons, address, settings, clock, log },
    streams: endpoint,
    collectors: [commits.write, (into) => control.metrics(into), (into) => writeQueues(into, queues)],
  });
  const control = openControl({ objects, live, access, pki, link, aggregation, queueMade, settings, clock, log });

  const parts: Part[] = [
    { name: 'store', stop: () => store.close() },
    { name: 'encryption', start: () => stored.finishSealing(log) },
    { name: 'registry', stop: () => registry.close() },
    {
      name: 'certificates',
      stop: () => {
        pki.stop();
        frontProxy.stop();
      },
    },
    ...(audit === undefined ? [] : [audit.part]),
    { name: 'aggregation', stop: () => aggregation.stop() },
    { name: 'identities', stop: () => identities.stop() },
    {
      name: 'bootstrap',
      start: () =>
        ensureBootstrap(registry, {
          directory: bootstrapManifests,
          ca: pki.ca,
          frontProxyCa: frontProxy.ca,
          serviceCidr: settings.serviceCidr,
          dns,
          address,
          port: settings.apiPort,
          log,
        }),
    },
    link,
    broker,
    ...control.controllers,
    addons.controller,
    control.scheduler,
    server,
    endpoint,
    { name: 'join facts', start: () => publishJoinFacts(registry, { caHash: pki.caHash, hosts, port: endpoint.port }) },
    {
      name: 'kubeconfig',
      start: () => writePrivate(dir.kubeconfig, pki.kubeconfig({ server: `https://${address}:${server.port}` })),
    },
  ];
  const stop = await startParts(parts);
  log.info({ api: server.port, join: endpoint.port, version: coracleVersion }, 'the hub is ready');
  return { ports: { api: server.port, join: endpoint.port, mqtt: embedded?.port ?? 0 }, stop };
}
