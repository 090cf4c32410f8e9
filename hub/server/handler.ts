/** The way of a request: who, may they, where to, and the verb. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { ApiError } from '../api/errors.ts';
import type { User } from '../api/user.ts';
import { Negotiator } from './accept.ts';
import type { Aggregation } from './aggregation/aggregation.ts';
import type { Auditor } from './audit/auditor.ts';
import { attributesOf, mustBeAllowed } from './authorize.ts';
import { bind } from './subresources/binding.ts';
import { Call } from './call.ts';
import { create } from './create.ts';
import { removeCollection } from './delete-collection.ts';
import { remove } from './delete.ts';
import { warnDeprecated } from './deprecated.ts';
import { get } from './get.ts';
import type { Identities } from './identity.ts';
import type { Flow } from './flow/flow.ts';
import type { FlowControl, Turn } from './flow/flow-control.ts';
import { impersonated, impersonates } from './impersonate.ts';
import { InFlight } from './in-flight.ts';
import { list } from './list/list.ts';
import type { Paths } from './paths.ts';
import { isLongRunning, type RequestMetrics } from './metrics/request-metrics.ts';
import { sendError, sendText } from './respond.ts';
import { PlainFailure } from './plain-failure.ts';
import { noSuchMethod, type Route, route, verbOf } from './route.ts';
import { requestTimeout, timeIsOver } from './request-timeout.ts';
import type { Services } from './services.ts';
import type { Upgrade } from './streaming/upgrade.ts';
import { serveSubresource } from './subresources/subresource.ts';
import { update } from './update.ts';
import { patch } from './patch.ts';
import { createVirtual, isVirtual } from './subresources/virtual.ts';
import { watch } from './watch/watch.ts';

/** What the handler is made of. */
export interface HandlerOptions {
  readonly services: Services;
  readonly identities: Identities;
  readonly flows: FlowControl;
  readonly paths: Paths;
  readonly metrics: RequestMetrics;
  /** Undefined where there is no audit log. */
  readonly auditor: Auditor | undefined;
}

/** Answers requests. Synchronous as far as a request lets it: reads never wait. */
export class Handler {
  readonly #services: Services;
  readonly #identities: Identities;
  readonly #flows: FlowControl;
  /** Requests that wait for something. */
  readonly inFlight: InFlight;
  readonly #paths: Paths;
  readonly #metrics: RequestMetrics;
  readonly #auditor: Auditor | undefined;
  readonly #negotiator: Negotiator;

  constructor(options: HandlerOptions) {
    this.#services = options.services;
    this.#negotiator = new Negotiator({ codec: options.services.protobuf });
    this.#identities = options.identities;
    this.#flows = options.flows;
    this.inFlight = new InFlight({ clock: options.services.clock, expire: (call) => this.#expire(call) });
    this.#paths = options.paths;
    this.#metrics = options.metrics;
    this.#auditor = options.auditor;
  }

  /** Takes one request; never throws. */
  readonly handle = (req: IncomingMessage, res: ServerResponse, upgrade?: Upgrade): void => {
    let call: Call;
    try {
      call = new Call(req, res);
    } catch {
      res.writeHead(400).end();
      return;
    }
    call.upgrade = upgrade;
    try {
      const user = this.#identities.identify(call);
      if (user instanceof Promise) void this.#afterwards(call, user);
      else this.#known(call, user);
    } catch (error) {
      this.#turnAway(call, error);
    }
  };

  async #afterwards(call: Call, user: Promise<User>): Promise<void> {
    let known: User;
    try {
      known = await user;
    } catch (error) {
      this.#turnAway(call, error);
      return;
    }
    this.#known(call, known);
  }

  #known(call: Call, user: User): void {
    try {
      this.#serve(call, user);
    } catch (error) {
      this.#fail(call, error);
    }
  }

  /** Nobody knows who sent it. */
  #turnAway(call: Call, error: unknown): void {
    this.#auditor?.stranger(call);
    this.#fail(call, error);
  }

  #serve(call: Call, user: User): void {
    const { authorizer } = this.#services;
    call.user = user;
    const { target } = call;
    if (target !== undefined) call.verb = verbOf(call, target);
    this.#auditor?.begin(call);
    if (impersonates(call.req.headers)) {
      call.user = impersonated(call.req, user, authorizer);
      call.audit?.impersonated(call.user);
    }
    const flow = this.#flows.of(call);
    call.flow = flow;
    mustBeAllowed(authorizer, attributesOf(call), call.audit);
    if (call.hasOwnTimeout && call.verb !== 'watch' && !isStream(call)) requestTimeout(call.query.get('timeout'));
    if (flow.level.admits || isStream(call)) this.#begin(call, flow);
    else this.#flows.wait(call, flow, this.#turn(call, flow));
  }

  /** What becomes of a request that waits for its turn. */
  #turn(call: Call, flow: Flow): Turn {
    return {
      begin: () => {
        try {
          this.#begin(call, flow);
        } catch (error) {
          this.#fail(call, error);
        }
      },
      refuse: (error) => this.#fail(call, error),
    };
  }

  #begin(call: Call, flow: Flow): void {
    const { target } = call;
    const { aggregation } = this.#services;
    flow.figures.dispatched += 1;
    if (aggregation !== undefined && aggregation.apis.size > 0 && this.#handOver(call, aggregation)) return;
    if (target === undefined) {
      const pending = this.#paths.serve(call);
      if (pending !== undefined) this.#later(call, pending);
      return;
    }
    const found = route(this.#services.registry.catalogue, call, target);
    call.route = found;
    call.format = this.#negotiator.format(call.req.headers.accept, found.info.custom === undefined);
    checkName(target.name);
    if (warnDeprecated(call, found.info)) this.#metrics.deprecated(found);
    const pending = this.#run(call, found);
    if (pending === undefined) this.#metrics.answered(call);
    else if (isLongRunning(found)) this.#longer(call, pending);
    else this.#later(call, pending);
  }

  /** Lets another server answer when the path is one of its own: true when it is. */
  #handOver(call: Call, aggregation: Aggregation): boolean {
    const api = aggregation.apis.at(call.path);
    if (api === undefined) return false;
    const pending = aggregation.forward(this.#services.upgrades, call, api);
    if (call.verb === 'watch' || call.upgrade !== undefined) this.#longer(call, pending);
    else this.#later(call, pending);
    return true;
  }

  #run(call: Call, found: Route): Promise<void> | undefined {
    const ready = found.info.custom?.webhook === undefined ? undefined : convertFirst(this.#services, call, found);
    return ready === undefined ? this.#verb(call, found) : ready.then(() => this.#verb(call, found));
  }

  #verb(call: Call, found: Route): Promise<void> | undefined {
    const services = this.#services;
    if (call.verb === 'create' && isVirtual(services, found)) return createVirtual(services, call, found);
    if (found.subresource !== undefined) return serveSubresource(services, call, found);
    switch (call.verb) {
      case 'get':
        get(services, call, found);
        return undefined;
      case 'list':
        return list(services, call, found);
      case 'watch':
        watch(services, call, found);
        return undefined;
      case 'create':
        return found.info.kind === 'Binding' ? bind(services, call, found) : create(services, call, found);
      case 'update':
        return update(services, call, found);
      case 'patch':
        return patch(services, call, found);
      case 'delete':
        return remove(services, call, found);
      case 'deletecollection':
        return removeCollection(services, call, found);
      default:
        throw noSuchMethod();
    }
  }

  /** A request that waits is in flight and holds a seat of its level; answers its failure. */
  #later(call: Call, pending: Promise<void>): void {
    this.inFlight.enter(call);
    const { flow } = call;
    if (flow !== undefined) flow.figures.executing += 1;
    flow?.level.take();
    pending.then(
      () => {
        this.#ended(call);
        if (!call.expired) this.#metrics.answered(call);
      },
      (error: unknown) => {
        this.#ended(call);
        if (!call.expired) this.#fail(call, error);
      },
    );
  }

  #ended(call: Call): void {
    const { flow } = call;
    this.inFlight.leave(call);
    if (flow === undefined) return;
    flow.figures.executing -= 1;
    flow.level.release();
  }

  /** The time of a request is over. What it was doing may still come to an end, but nobody hears of it. */
  #expire(call: Call): void {
    call.expired = true;
    // a body that never came would be taken for the next request
    call.res.shouldKeepAlive = false;
    this.#fail(call, timeIsOver());
  }

  /** A stream lasts as long as its client likes: it is no request in flight. */
  #longer(call: Call, pending: Promise<void>): void {
    this.#metrics.streams += 1;
    pending
      .then(
        () => this.#metrics.answered(call),
        (error: unknown) => this.#fail(call, error),
      )
      .finally(() => {
        this.#metrics.streams -= 1;
      });
  }

  /** Never throws: an answer that cannot be written ends its connection, and nothing else. */
  #fail(call: Call, error: unknown): void {
    try {
      this.#answerFailure(call, error);
    } catch (second) {
      this.#services.log.error({ method: call.method, path: call.path, error: String(second) }, 'an answer failed');
      call.res.destroy();
    }
    this.#metrics.answered(call);
  }

  #answerFailure(call: Call, error: unknown): void {
    if (error instanceof PlainFailure && !call.res.headersSent) {
      sendText(call, error.code, `${error.message}\n`);
      return;
    }
    if (error instanceof ApiError) {
      sendError(call, error);
      return;
    }
    call.audit?.broke(error);
    const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
    this.#services.log.error({ method: call.method, path: call.path, error: detail }, 'a request failed');
    sendError(call, new ApiError('InternalError', 'Internal error occurred: see the log of the hub'));
  }
}

const streams = new Set(['exec', 'attach', 'portforward', 'proxy', 'log']);

/** API: streams need no seat; watches need one for their beginning. */
function isStream({ target }: Call): boolean {
  return target !== undefined && streams.has(target.subresource);
}

/** Has a webhook convert what a request will read; undefined when nothing is missing. */
function convertFirst({ registry }: Services, call: Call, { info }: Route): Promise<void> | undefined {
  const { name = '', namespace = '' } = call.target ?? {};
  if (name === '') return registry.ready(info, registry.entries(info, namespace === '' ? undefined : namespace));
  const entry = registry.get(info, namespace, name);
  return entry === undefined ? undefined : registry.ready(info, [entry]);
}

/** API: path segment names. */
function checkName(name: string): void {
  if (name === '.' || name === '..')
    throw new ApiError('BadRequest', `Name parameter invalid: "${name}": may not be '${name}'`);
  if (name.includes('%')) throw new ApiError('BadRequest', `Name parameter invalid: "${name}": may not contain '%'`);
}
