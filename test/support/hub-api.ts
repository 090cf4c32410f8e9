/** A small hub for tests: memory store, registry and API server, with real certificates and real authorization. */
import { writeFileSync } from 'node:fs';
import { type Agent as HttpsAgent, Agent, request } from 'node:https';
import type { IncomingHttpHeaders } from 'node:http';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { ApiError } from '../../hub/api/errors.ts';
import type { NodeStreams } from '../../hub/api/node-streams.ts';
import { kubernetesVersion } from '../../hub/api/version.ts';
import { createAuthenticator } from '../../hub/auth/authenticator.ts';
import { createAuthorizer } from '../../hub/auth/authorizer.ts';
import { createNodeAuthorizer } from '../../hub/auth/node-authorizer.ts';
import { openPki } from '../../hub/auth/pki.ts';
import { createRbac } from '../../hub/auth/rbac.ts';
import { issuerDocuments } from '../../hub/auth/issuer-documents.ts';
import { virtualResources } from '../../hub/auth/reviews/reviews.ts';
import { ServiceAccountTokens } from '../../hub/auth/service-account-tokens.ts';
import { type Clock, systemClock } from '../../hub/base/clock.ts';
import { silentLog } from '../../hub/base/log.ts';
import { createCatalogue } from '../../hub/kinds/catalogue.ts';
import { loadSchemas } from '../../hub/kinds/load-schemas.ts';
import { openRegistry } from '../../hub/registry/open.ts';
import type { AdmissionPlugin, Registry } from '../../hub/registry/registry.ts';
import { createDiscovery } from '../../hub/server/discovery/discovery.ts';
import { createOpenApi } from '../../hub/server/openapi/openapi.ts';
import { metricsDocument } from '../../hub/server/metrics/metrics.ts';
import { type ApiServer, createServer } from '../../hub/server/server.ts';
import { openMemoryStore } from '../../hub/store/memory.ts';
import { tempDir } from './temp-dir.ts';

/** One answer, read to its end. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look wherever they like
  readonly json: any;
}

/** What a request says besides method and path. */
export interface Ask {
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
}

/** The running hub. */
export interface HubApi {
  readonly registry: Registry;
  readonly server: ApiServer;
  readonly agent: HttpsAgent;
  readonly port: number;
  /** Path of the administrator's kubeconfig. */
  readonly kubeconfig: string;
  /** A request as the administrator. */
  ask(method: string, path: string, options?: Ask): Promise<Answer>;
}

/** What a test may put in place of the usual. */
export interface HubApiOptions {
  readonly streams?: NodeStreams;
  readonly admission?: readonly AdmissionPlugin[];
  readonly clock?: Clock;
  readonly inFlight?: number;
  readonly watches?: number;
  /** How many changes of each resource are remembered. */
  readonly keepChanges?: number;
}

const noStreams: NodeStreams = {
  open: () => Promise.reject(new ApiError('ServiceUnavailable', 'the node is not connected')),
};

/** Starts a hub that is gone after the test. */
export async function startHubApi(test: Pick<TestContext, 'after'>, options: HubApiOptions = {}): Promise<HubApi> {
  const dir = tempDir(test, 'coracle-api-');
  const clock = options.clock ?? systemClock;
  const log = silentLog;
  const pki = await openPki({ dir: join(dir, 'pki'), hosts: [], clock, log });
  const schemas = loadSchemas();
  const registry = await openRegistry({
    store: openMemoryStore(),
    catalogue: createCatalogue(),
    schemas,
    clock,
    log,
    admission: options.admission ?? [],
    allocators: [],
    newUid: () => crypto.randomUUID(),
    random: Math.random,
    ...(options.keepChanges === undefined ? {} : { keepChanges: options.keepChanges }),
  });
  const rbac = createRbac(registry);
  const authorizer = createAuthorizer({ nodes: createNodeAuthorizer(registry), rbac });
  const tokens = new ServiceAccountTokens({ key: pki.serviceAccountKey, registry, clock });
  const material = pki.server();
  const server: ApiServer = createServer({
    registry,
    schemas,
    authenticator: createAuthenticator({ tokens, identities: { accepts: () => true }, clock }),
    authorizer,
    virtuals: virtualResources({ authorizer, rbac, tokens, registry, clock }),
    streams: options.streams ?? noStreams,
    documents: [
      createDiscovery({ catalogue: registry.catalogue, serverAddress: '127.0.0.1:16443' }),
      createOpenApi({ catalogue: registry.catalogue, schemas, now: () => clock.now() }),
      metricsDocument([(into) => server.metrics(into)]),
      issuerDocuments(tokens, 'https://127.0.0.1:16443'),
    ],
    version: kubernetesVersion,
    tls: { cert: material.certificate, key: material.key, clientCa: material.ca },
    address: '127.0.0.1',
    port: 0,
    clock,
    log,
    ...(options.inFlight === undefined ? {} : { inFlight: options.inFlight }),
    ...(options.watches === undefined ? {} : { watches: options.watches }),
  });
  await server.start?.();
  const agent = new Agent({ keepAlive: true, ca: pki.ca, cert: pki.admin.certificate, key: pki.admin.key });
  test.after(async () => {
    agent.destroy();
    await server.stop?.();
    registry.close();
    rbac.stop();
    pki.stop();
  });
  const kubeconfig = join(dir, 'kubeconfig');
  writeFileSync(kubeconfig, pki.kubeconfig({ server: `https://127.0.0.1:${server.port}`, name: 'test' }), {
    mode: 0o600,
  });
  return {
    registry,
    server,
    agent,
    port: server.port,
    kubeconfig,
    ask: (method, path, what) => ask(agent, server.port, method, path, what ?? {}),
  };
}

/** One request, its answer read to the end. */
export function ask(agent: HttpsAgent, port: number, method: string, path: string, what: Ask): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const ready = what.body === undefined || typeof what.body === 'string' || Buffer.isBuffer(what.body);
    const body = ready ? (what.body as string | Buffer | undefined) : JSON.stringify(what.body);
    const type = body === undefined ? {} : { 'content-type': 'application/json' };
    // Node gives the body of a DELETE no length
    const length = body !== undefined && method === 'DELETE' ? { 'content-length': Buffer.byteLength(body) } : {};
    const headers = { ...type, ...length, ...what.headers };
    const sent = request({ agent, host: '127.0.0.1', port, method, path, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text, json: parsed(text) });
      });
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
