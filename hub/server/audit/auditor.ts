/** The audit log: asks the policy about each request, and follows those it wants written down. */
import type { Clock } from '../../base/clock.ts';
import type { Exposition } from '../../base/metrics.ts';
import { bearerOf } from '../identity.ts';
import { attributesOf } from '../authorize.ts';
import type { Call } from '../call.ts';
import { type Policy, ruleFor } from './policy.ts';
import { Trail } from './trail.ts';

/** What an auditor is made of. */
export interface AuditorOptions {
  readonly policy: Policy;
  /** Takes one line; false when it had to be dropped. */
  readonly write: (line: string) => boolean;
  readonly clock: Clock;
  readonly newId: () => string;
}

/** API: the header a client may name its request with, and finds it again by. */
const idHeader = 'Audit-Id';

/** API: an identifier of a client's own that is longer is not taken. */
const longestId = 64;

const lasting = new Set(['attach', 'exec', 'proxy', 'log', 'portforward']);

/** Follows requests. */
export class Auditor {
  readonly #options: AuditorOptions;
  #written = 0;
  #dropped = 0;

  constructor(options: AuditorOptions) {
    this.#options = options;
  }

  /** A request whose sender is known: asked before it acts as somebody else, and before it is allowed anything. */
  begin(call: Call): void {
    const id = this.#name(call);
    const trail = this.#trail(call, id);
    if (trail === undefined) return;
    call.audit = trail;
    trail.tell('RequestReceived');
    if (isLasting(call)) tellWhenBegun(call, trail);
    (call.upgrade?.socket ?? call.res).once('close', () => trail.ended());
  }

  /** A request whose sender could not be told. */
  stranger(call: Call): void {
    const id = this.#name(call);
    call.user = { name: '', groups: [] };
    const trail = this.#trail(call, id);
    if (trail === undefined) return;
    const tried = attempted(call);
    const message = tried.length === 0 ? 'no credentials provided' : `attempted: ${tried.join(', ')}`;
    trail.answered({ kind: 'Status', apiVersion: 'v1', message: `Authentication failed, ${message}`, code: 401 });
    trail.tell('ResponseStarted');
  }

  metrics(into: Exposition): void {
    into.family('apiserver_audit_event_total', 'counter', 'Events written into the audit log.');
    into.sample(this.#written);
    into.family('apiserver_audit_error_total', 'counter', 'Events that could not be written.');
    into.sample(this.#dropped, { plugin: 'log' });
  }

  #name(call: Call): string {
    const given = call.req.headers['audit-id'];
    const isGood = typeof given === 'string' && given !== '' && given.length <= longestId;
    const id = isGood ? given : this.#options.newId();
    call.res.setHeader(idHeader, id);
    return id;
  }

  #trail(call: Call, id: string): Trail | undefined {
    const attributes = attributesOf(call);
    const rule = ruleFor(this.#options.policy, attributes);
    if (rule === undefined) return undefined;
    const received = this.#options.clock.now() - (performance.now() - call.began);
    return new Trail({ call, rule, id, verb: attributes.verb, received, write: (line) => this.#write(line) });
  }

  #write(line: string): void {
    if (this.#options.write(line)) this.#written += 1;
    else this.#dropped += 1;
  }
}

/** API: requests whose answers begin long before they end. */
function isLasting({ verb, target, upgrade }: Call): boolean {
  return verb === 'watch' || upgrade !== undefined || (target !== undefined && lasting.has(target.subresource));
}

/** Tells of the beginning of an answer at the moment its head is written. */
function tellWhenBegun({ res }: Call, trail: Trail): void {
  const writeHead = res.writeHead.bind(res) as (...rest: unknown[]) => typeof res;
  res.writeHead = (...rest: unknown[]) => {
    const answer = writeHead(...rest);
    trail.started();
    return answer;
  };
}

function attempted({ req }: Call): string[] {
  const { authorization = '' } = req.headers;
  const socket = req.socket as { getPeerCertificate?: () => object };
  return [
    ...(/^basic /i.test(authorization) ? ['basic'] : []),
    ...(bearerOf(authorization) === undefined ? [] : ['bearer']),
    ...(Object.keys(socket.getPeerCertificate?.() ?? {}).length > 0 ? ['x509'] : []),
  ];
}
