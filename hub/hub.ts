/** The hub put together: the only place on this side that constructs. */
import { randomUUID } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { hostname } from 'node:os';
import { fileURLToPath } from 'node:url';
import { encryptionKeysPath } from './api/encryption-keys.ts';
import { snapshotPath } from './api/snapshot.ts';
import { certificateSigningRequests, services } from './api/resource.ts';
import { type PodMetrics, podMetricsOfPods } from './api/resource-metrics.ts';
import type { Service } from './api/service.ts';
import { coracleVersion } from './api/version.ts';
import {
  certificateApproval,
  certificateSigning,
  certificateSubjectRestriction,
} from './auth/certificates/admission.ts';
import { createAuthenticator } from './auth/authenticator.ts';
import { createAuthorizer } from './auth/authorizer.ts';
import { bootstrapTokens } from './auth/bootstrap-tokens.ts';
import { ensureBootstrap } from './auth/bootstrap/bootstrap.ts';
import { defaultDnsAddress } from './auth/bootstrap/dns-service.ts';
import { firstAddress } from './auth/bootstrap/hub-service.ts';
import { escalationCheck } from './auth/escalation.ts';
import { createNodeAuthorizer } from './auth/node-authorizer.ts';
import { legacyTokenUse } from './auth/legacy-token-use.ts';
import { openFrontProxy } from './auth/front-proxy.ts';
import { issuerDocuments } from './auth/issuer-documents.ts';
import { openNodeIdentities } from './auth/node-identities.ts';
import { openOidc } from './auth/open-oidc.ts';
import { ownerReferencesEnforcement } from './auth/owner-references.ts';
import { openPki } from './auth/pki.ts';
import { createRbac } from './auth/rbac.ts';
import { tokenRequest } from './auth/reviews/token-request.ts';
import { virtualResources } from './auth/reviews/reviews.ts';
import { ServiceAccountTokens } from './auth/service-account-tokens.ts';
import { readMachineRoutes } from './base/machine-routes.ts';
import { refuseClashes } from './base/range-clashes.ts';
import { machineAddresses } from './base/addresses.ts';
import { systemClock } from './base/clock.ts';
import type { DataDir } from './base/data-dir.ts';
import type { HubSettings } from './base/hub-settings.ts';
import { type Part, startParts } from './base/lifecycle.ts';
import type { Log } from './base/log.ts';
import { processMetrics } from './base/process-metrics.ts';
import { writeQueues } from './base/queue-metrics.ts';
import type { WorkQueue } from './base/work-queue.ts';
import { writePrivate } from './base/private-file.ts';
import { createControllers } from './controllers/controllers.ts';
import { publishJoinFacts } from './join/facts.ts';
import { createJoin } from './join/join.ts';
import { createCatalogue } from './kinds/catalogue.ts';
import { createConformer } from './kinds/conform.ts';
import { lazyTypeCheck } from './kinds/control/policy/lazy-policies.ts';
import { loadSchemas } from './kinds/load-schemas.ts';
import { withLiveLeases } from './mqtt/live-leases.ts';
import { withLiveMetrics } from './mqtt/live-metrics.ts';
import { NodeLink } from './mqtt/node-link.ts';
import { usageDocument } from './mqtt/usage-document.ts';
import { choosePlugins } from './registry/admission/choose.ts';
import { openAddons } from './open-addons.ts';
import { openAudit } from './open-audit.ts';
import { openBroker } from './open-broker.ts';
import { openStore } from './open-store.ts';
import { createAdmission } from './registry/admission/create-admission.ts';
import { ServiceAllocator } from './registry/allocate/service-allocator.ts';
import { createEventRecorder } from './registry/event-recorder.ts';
import { type OpenRegistry, openRegistry } from './registry/open.ts';
import type { AdmissionPlugin } from './registry/registry.ts';
import { SchedulerMetrics } from './scheduler/metrics.ts';
import { createScheduler } from './scheduler/scheduler.ts';
import { certificateMetrics } from './server/certificate-metrics.ts';
import { Aggregation } from './server/aggregation/aggregation.ts';
import { createDiscovery } from './server/discovery/discovery.ts';
import { createOpenApi } from './server/openapi/openapi.ts';
import { metricsDocument } from './server/metrics.ts';
import { podMetrics } from './server/pod-metrics.ts';
import { createServer } from './server/server.ts';
import { versionInfo } from './server/version-info.ts';
import { CommitMetrics } from './store/commit-metrics.ts';
import { WebhookCaller } from './webhook/caller.ts';
import { WebhookConverter } from './webhook/conversion.ts';

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
  const { store, ...stored } = await openStore({ dir, settings, observe: commits.observe, clock });
  const catalogue = createCatalogue();
  const schemas = loadSchemas();
  const conformer = createConformer(schemas);
  const admission: AdmissionPlugin[] = [];
  const serviceAddresses = new ServiceAllocator({ cidr: settings.serviceCidr, random: Math.random });
  const webhooks = new WebhookCaller({ reader: () => registry, random: Math.random });
  const converter = new WebhookConverter({ caller: webhooks, newUid: randomUUID });
  const registry: OpenRegistry = await openRegistry({
    store,
    catalogue,
    schemas,
    clock,
    log: log.child({ room: 'registry' }),
    admission,
    allocators: [serviceAddresses],
    newUid: randomUUID,
    random: Math.random,
    converter,
    progress: (records) => options.progress?.(`${records.toLocaleString('en')} records read`),
  });

  serviceAddresses.restore([...registry.entries(services)].map((entry) => entry.object<Service>()));

  const identities = openNodeIdentities(registry);
  const tokens = new ServiceAccountTokens({
    key: pki.serviceAccountKey,
    registry,
    clock,
    usedSecret: legacyTokenUse({ registry, clock, log }),
  });
  const verifiers = [bootstrapTokens({ registry, clock }), ...(await openOidc(settings, clock, log))];
  const authenticator = createAuthenticator({ tokens, identities, clock, verifiers });
  const rbac = createRbac(registry);
  const authorizer = createAuthorizer({ nodes: createNodeAuthorizer(registry), rbac });
  const choice = { enable: settings.enableAdmissionPlugins, disable: settings.disableAdmissionPlugins };
  admission.push(
    ...createAdmission({
      reader: registry,
      clock,
      random: Math.random,
      choice,
      dynamic: {
        client: webhooks,
        catalogue,
        schemas,
        conformer,
        converter,
        newUid: randomUUID,
        count: (ref) => registry.count(ref),
        served: (info, entry) => registry.served(info, entry),
        ready: (info, entries) => registry.ready(info, entries),
        authorize: (access) => authorizer.authorize(access),
      },
    }),
    ...choosePlugins(
      [
        escalationCheck({ authorizer, rbac }),
        certificateApproval(authorizer),
        certificateSigning(authorizer),
        certificateSubjectRestriction,
        ownerReferencesEnforcement({ authorizer, catalogue }),
      ],
      choice,
    ),
  );

  const brokerLog = log.child({ room: 'mqtt' });
  const { broker, embedded, renew } = await openBroker({
    pki,
    dir,
    settings,
    hosts,
    identities,
    clock,
    log: brokerLog,
  });
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
  const serverTls = (): { cert: string; key: string; clientCa: string } => {
    const { certificate, key, ca } = pki.server();
    return { cert: certificate, key, clientCa: ca };
  };
  const queues: WorkQueue[] = [];
  const queueMade = (queue: WorkQueue): void => void queues.push(queue);
  const addons = openAddons({
    ...{ dir, registry, schemas, conformer, queueMade, clock, log: log.child({ room: 'addons' }) },
  });
  const live = withLiveMetrics(
    withLiveLeases(registry, (node) => link.leaseRenewTime(node)),
    { usage: link.usage, clock },
  );
  const server = createServer({
    registry: live,
    schemas,
    authenticator,
    authorizer,
    virtuals: virtualResources({ authorizer, rbac, tokens, registry, verifiers, clock }),
    streams: endpoint,
    aggregation,
    ...(audit === undefined ? {} : { auditor: audit.auditor }),
    documents: [
      createDiscovery({ catalogue, serverAddress: `${address}:${settings.apiPort}`, remotes: aggregation.apis }),
      createOpenApi({ catalogue, schemas, remotes: aggregation, now: () => clock.now() }),
      issuerDocuments(tokens, `https://${address}:${settings.apiPort}`),
      usageDocument(link.usage),
      addons.document,
      metricsDocument([
        (into) => server.metrics(into),
        commits.write,
        (into) => scheduling.write(into, scheduler.pending),
        (into) => writeQueues(into, queues),
        link.metrics,
        processMetrics,
        (into) => aggregation.metrics(into),
        (into) => audit?.auditor.metrics(into),
        (into) => podMetrics(registry, into),
        (into) => certificateMetrics({ api: pki.server().certificate, ca: pki.server().ca }, into),
      ]),
    ],
    actions: [
      { path: encryptionKeysPath, run: () => store.rotate() },
      { path: snapshotPath, run: stored.snapshot },
      addons.action,
    ],
    checks: [{ name: 'mqtt-broker', livez: false, readyz: true, check: () => broker.trouble }],
    version: versionInfo(process.version),
    tls: serverTls(),
    address: settings.bindAddress,
    port: settings.apiPort,
    inFlight: settings.maxRequestsInFlight,
    watches: settings.maxWatches,
    clock,
    log: log.child({ room: 'server' }),
  });
  pki.onServerChange(() => {
    server.setTls(serverTls());
    renew();
  });

  const controllers = createControllers({
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
    checkTypes: lazyTypeCheck(catalogue, schemas),
    clusterCidr: settings.clusterCidr,
    checkApiService: (service) => aggregation.check(service),
    elsewhere: aggregation.contents,
    podMetrics: (namespace) =>
      live.list(podMetricsOfPods, { namespace }).entries.map((entry) => entry.object<PodMetrics>()),
  });
  const scheduling = new SchedulerMetrics();
  const schedulerLog = log.child({ room: 'scheduler' });
  const scheduler = createScheduler({
    registry,
    clock,
    log: schedulerLog,
    recorder: createEventRecorder({
      registry,
      clock,
      log: schedulerLog,
      component: 'default-scheduler',
      user: { name: 'system:kube-scheduler', groups: ['system:authenticated'] },
      manager: 'kube-scheduler',
    }),
    chance: Math.random,
    observe: scheduling.observe,
    ...(settings.scheduleByLoad ? { reported: (node: string) => link.load(node) } : {}),
  });

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
    ...controllers,
    addons.controller,
    scheduler,
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
