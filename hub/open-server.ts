/** Opens the API server with everything it answers beside objects. Part of the wiring, used by hub.ts. */
import { encryptionKeysPath } from './api/encryption-keys.ts';
import { snapshotPath } from './api/snapshot.ts';
import { issuerDocuments } from './auth/issuer-documents.ts';
import type { Pki } from './auth/pki.ts';
import type { Clock } from './base/clock.ts';
import type { HubSettings } from './base/hub-settings.ts';
import type { Log } from './base/log.ts';
import type { Collector } from './base/metrics.ts';
import { processMetrics } from './base/process-metrics.ts';
import type { Broker } from './mqtt/broker/broker.ts';
import type { NodeLink } from './mqtt/node-link.ts';
import { usageDocument } from './mqtt/usage/usage-document.ts';
import type { OpenedAccess } from './open-access.ts';
import type { OpenedAddons } from './open-addons.ts';
import type { OpenAudit } from './open-audit.ts';
import type { OpenedObjects } from './open-objects.ts';
import type { OpenedStore } from './open-store.ts';
import type { Registry } from './registry/registry.ts';
import type { Aggregation } from './server/aggregation/aggregation.ts';
import { certificateMetrics } from './server/metrics/certificate-metrics.ts';
import { createDiscovery } from './server/discovery/discovery.ts';
import { metricsDocument } from './server/metrics/metrics.ts';
import { createOpenApi } from './server/openapi/openapi.ts';
import { podMetrics } from './server/metrics/pod-metrics.ts';
import { type ApiServer, createServer, type ServerTls } from './server/server.ts';
import type { NodeStreams } from './api/node-streams.ts';
import { versionInfo } from './server/version-info.ts';

/** Options of `openServer`. */
export interface OpenServerOptions {
  readonly objects: OpenedObjects;
  /** The registry as clients see it. */
  readonly live: Registry;
  readonly access: OpenedAccess;
  readonly pki: Pki;
  readonly stored: OpenedStore;
  readonly link: NodeLink;
  readonly broker: Broker;
  readonly streams: NodeStreams;
  readonly aggregation: Aggregation;
  readonly audit: OpenAudit | undefined;
  readonly addons: OpenedAddons;
  /** What other rooms count. */
  readonly collectors: readonly Collector[];
  /** Where clients find this hub. */
  readonly address: string;
  readonly settings: HubSettings;
  readonly clock: Clock;
  readonly log: Log;
}

/** Makes the server; it listens after its start, with the certificate of then and every later one. */
export function openServer(options: OpenServerOptions): ApiServer {
  const { objects, live, access, pki, stored, link, broker, aggregation, audit, addons, settings, clock, log } =
    options;
  const { registry, schemas } = objects;
  const { catalogue } = registry;
  const { authenticator, authorizer, virtuals, tokens } = access;
  const place = `${options.address}:${settings.apiPort}`;
  const tls = (): ServerTls => {
    const { certificate, key, ca } = pki.server();
    return { cert: certificate, key, clientCa: ca };
  };
  const server: ApiServer = createServer({
    ...{ registry: live, schemas, authenticator, authorizer, virtuals, streams: options.streams, aggregation },
    ...(audit === undefined ? {} : { auditor: audit.auditor }),
    documents: [
      createDiscovery({ catalogue, serverAddress: place, remotes: aggregation.apis }),
      createOpenApi({ catalogue, schemas, remotes: aggregation, now: () => clock.now() }),
      issuerDocuments(tokens, `https://${place}`),
      usageDocument(link.usage),
      addons.document,
      metricsDocument([
        (into) => server.metrics(into),
        ...options.collectors,
        link.metrics,
        processMetrics,
        (into) => aggregation.metrics(into),
        (into) => audit?.auditor.metrics(into),
        (into) => podMetrics(registry, into),
        (into) => certificateMetrics({ api: pki.server().certificate, ca: pki.server().ca }, into),
      ]),
    ],
    actions: [
      { path: encryptionKeysPath, run: () => stored.store.rotate() },
      { path: snapshotPath, run: stored.snapshot },
      addons.action,
    ],
    checks: [{ name: 'mqtt-broker', livez: false, readyz: true, check: () => broker.trouble }],
    version: versionInfo(process.version),
    tls: tls(),
    address: settings.bindAddress,
    port: settings.apiPort,
    inFlight: settings.maxRequestsInFlight,
    watches: settings.maxWatches,
    clock,
    log: log.child({ room: 'server' }),
  });
  pki.onServerChange(() => server.setTls(tls()));
  return server;
}
