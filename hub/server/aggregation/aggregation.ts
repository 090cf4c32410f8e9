/** API aggregation: groups that servers in the cluster answer, behind this one. */
import type { APIService } from '../../api/api-service.ts';
import { mastersGroup, type User } from '../../api/user.ts';
import type { Exposition } from '../../base/metrics.ts';
import type { Registry } from '../../registry/registry.ts';
import type { Call } from '../call.ts';
import type { Upgrades } from '../streaming/upgrades.ts';
import type { Endpoint } from './endpoints.ts';
import { forward } from './forward.ts';
import { aggregatedAccept, readAggregated, readLegacy, readOpenApiIndex } from './read-discovery.ts';
import { type RemoteApi, RemoteApis, remoteApiOf, type RemoteResource } from './remote-apis.ts';
import { type CallerOptions, RemoteCaller, type Reply } from './remote-caller.ts';
import { RemoteContents } from './remote-contents.ts';

/** Who asks other servers on the hub's own behalf. */
const aggregatorUser: User = { name: 'system:kube-aggregator', groups: [mastersGroup] };

/** API: as many endpoints are asked whether they answer; one that does is enough. */
const attempts = 5;

/** What aggregation is made of. */
export interface AggregationOptions extends CallerOptions {
  readonly registry: Pick<Registry, 'get' | 'entries' | 'subscribe'>;
}

/** The aggregation layer. */
export class Aggregation {
  readonly apis: RemoteApis;
  readonly contents: RemoteContents;
  readonly #caller: RemoteCaller;

  constructor(options: AggregationOptions) {
    this.apis = new RemoteApis(options.registry);
    this.#caller = new RemoteCaller(options);
    this.contents = new RemoteContents({ apis: this.apis, caller: this.#caller });
  }

  /** Answers a request for a group version of another server. */
  forward(upgrades: Upgrades, call: Call, api: RemoteApi): Promise<void> {
    return forward({ caller: this.#caller, upgrades }, call, api);
  }

  /** Asks a server for a document of its own; whoever it is must have a certificate the APIService trusts. */
  document(api: RemoteApi, path: string, accept: string): Promise<Reply> {
    return this.#caller.ask(api, { path, accept, user: aggregatorUser, verify: true });
  }

  /**
   * Asks the server of an APIService whether it is there, and what it serves. Rejects with a sentence that says which URL
   * failed and why; a server that is there and does not say what it serves is none.
   */
  async check(service: APIService): Promise<void> {
    const api = remoteApiOf(service);
    if (api === undefined) return;
    const endpoints = this.#caller.endpoints(api).slice(0, attempts);
    try {
      await Promise.any(endpoints.map((endpoint) => this.#probe(api, endpoint)));
    } catch (error) {
      throw error instanceof AggregateError ? error.errors.at(-1) : error;
    }
    const resources = await this.#discover(api).catch(() => undefined);
    const openApi = await this.#openApi(api).catch(() => undefined);
    this.apis.describe(api, resources === undefined ? undefined : { resources, openApi });
  }

  /** Which of the servers cannot be asked. */
  metrics(into: Exposition): void {
    into.family('aggregator_unavailable_apiservice', 'gauge', 'APIServices whose server cannot be asked.');
    for (const { name, available } of this.apis.all()) into.sample(available ? 0 : 1, { name });
  }

  stop(): void {
    this.apis.stop();
    this.#caller.close();
  }

  /** API: no certificate is looked at: who owns the network and answers here gains nothing. */
  async #probe(api: RemoteApi, endpoint: Endpoint): Promise<void> {
    const path = `/apis/${api.group}/${api.version}`;
    const url = `https://${endpoint.host}:${endpoint.port}${path}`;
    const question = { path, accept: 'application/json', user: aggregatorUser, verify: false };
    let status: number;
    try {
      ({ status } = await this.#caller.ask(api, question, endpoint));
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw new Error(`failing or missing response from ${url}: Get ${JSON.stringify(url)}: ${why}`, { cause: error });
    }
    if (status >= 200 && status < 300) return;
    throw new Error(`failing or missing response from ${url}: bad status from ${url}: ${status}`);
  }

  async #openApi(api: RemoteApi): Promise<string | undefined> {
    return readOpenApiIndex(api, await this.document(api, '/openapi/v3', 'application/json'));
  }

  async #discover(api: RemoteApi): Promise<readonly RemoteResource[] | undefined> {
    const whole = readAggregated(api, await this.document(api, '/apis', aggregatedAccept));
    if (whole !== undefined) return whole;
    return readLegacy(api, await this.document(api, `/apis/${api.group}/${api.version}`, 'application/json'));
  }
}
