/** What is written of one request: gathered on its way, told at each stage. */
import type { Status } from '../../api/errors.ts';
import type { User } from '../../api/user.ts';
import type { Call } from '../call.ts';
import type { Audited } from './audited.ts';
import { agentText, type EventFacts, eventLine, sourceAddresses, withoutManagedFields } from './event.ts';
import { type PolicyRule, reaches, type Stage } from './policy.ts';

/** What a trail is made of. */
export interface TrailOptions {
  readonly call: Call;
  readonly rule: PolicyRule;
  readonly id: string;
  readonly verb: string;
  /** When the request came, in Unix milliseconds. */
  readonly received: number;
  readonly write: (line: string) => void;
}

/** Bodies beyond this many bytes are not written. */
const biggestBody = 4 * 1024 * 1024;

const broken = { status: 'Failure', reason: 'InternalError', code: 500 } as const;

interface Metadata {
  namespace?: string;
  name?: string;
  uid?: string;
  resourceVersion?: string;
}

/** Gathers and writes. */
export class Trail implements Audited {
  readonly #options: TrailOptions;
  /** Who asks, before it acts as somebody else. */
  readonly #user: User;
  readonly #sourceIPs: readonly string[];
  readonly #agent: string;
  #impersonated: User | undefined;
  #object: Metadata | undefined;
  #status: Partial<Status> | undefined;
  #request: string | undefined;
  #response: string | undefined;
  #parts: Buffer[] | undefined;
  #size = 0;
  #annotations: Record<string, string> | undefined;
  #hasStarted = false;
  #hasBroken = false;

  constructor(options: TrailOptions) {
    this.#options = options;
    this.#user = options.call.user;
    const { headers, socket } = options.call.req;
    const one = (name: string): string => String(headers[name] ?? '');
    // a connection that is closed has no address any more
    this.#sourceIPs = sourceAddresses(
      { forwarded: one('x-forwarded-for'), real: one('x-real-ip') },
      socket.remoteAddress,
    );
    this.#agent = agentText(one('user-agent'));
  }

  get wantsAnswer(): boolean {
    return this.#options.rule.level === 'RequestResponse';
  }

  impersonated(user: User): void {
    this.#impersonated = user;
  }

  decided({ allowed, reason }: { readonly allowed: boolean; readonly reason: string }): void {
    this.annotate('authorization.k8s.io/decision', allowed ? 'allow' : 'forbid');
    this.annotate('authorization.k8s.io/reason', reason);
  }

  annotate(key: string, value: string): void {
    this.#annotations ??= {};
    if (!Object.hasOwn(this.#annotations, key)) this.#annotations[key] = value;
  }

  requested(body: object): void {
    const { metadata } = body as { metadata?: Metadata };
    this.#object = metadata;
    if (reaches(this.#options.rule.level, 'Request')) this.#request = this.#textOf(body);
  }

  patched(text: string): void {
    if (!reaches(this.#options.rule.level, 'Request')) return;
    try {
      this.#request = JSON.stringify(JSON.parse(text));
    } catch {
      this.#request = JSON.stringify(text);
    }
  }

  answered(value: object): void {
    const status = value as Partial<Status> & { kind?: string; apiVersion?: string };
    if (status.kind === 'Status' && status.apiVersion === 'v1') {
      const { message, reason, details, code } = status;
      this.#status = { status: status.status, message, reason, details, code } as Partial<Status>;
    }
    if (this.wantsAnswer) this.#response = this.#textOf(value);
  }

  answeredJson(bytes: Buffer): void {
    if (!this.wantsAnswer || bytes.length > biggestBody) return;
    const text = bytes.toString('utf8').trimEnd();
    this.#response = this.#options.rule.omitManagedFields ? this.#textOf(JSON.parse(text)) : text;
  }

  answeredPart(bytes: Buffer): void {
    this.#size += bytes.length;
    if (!this.wantsAnswer || this.#size > biggestBody) this.#parts = undefined;
    else if (this.#parts === undefined) this.#parts = this.#size === bytes.length ? [bytes] : undefined;
    else this.#parts.push(bytes);
  }

  started(): void {
    if (this.#hasStarted) return;
    this.#hasStarted = true;
    this.tell('ResponseStarted');
  }

  broke(error: unknown): void {
    this.#hasBroken = true;
    const why = error instanceof Error ? error.message : String(error);
    this.#status = { ...broken, message: `APIServer panic'd: ${why}` };
    this.tell('Panic');
  }

  /** The answer is through, or nobody waits for it any more. */
  ended(): void {
    if (this.#hasBroken) return;
    if (this.#parts !== undefined) this.answeredJson(Buffer.concat(this.#parts));
    this.tell('ResponseComplete');
  }

  /** Writes the event of one stage, unless the policy leaves it out. */
  tell(stage: Stage): void {
    const { rule, write } = this.#options;
    if (!rule.omitStages.has(stage)) write(eventLine(this.#facts(stage)));
  }

  #facts(stage: Stage): EventFacts {
    const { call, rule, id, verb, received } = this.#options;
    const isFirst = stage === 'RequestReceived';
    return {
      level: rule.level,
      auditID: id,
      stage,
      requestURI: call.req.url ?? '/',
      verb,
      user: this.#user,
      impersonatedUser: this.#impersonated,
      sourceIPs: this.#sourceIPs,
      userAgent: this.#agent,
      objectRef: this.#reference(),
      responseStatus: isFirst ? undefined : this.#answerStatus(),
      requestObject: isFirst ? undefined : this.#request,
      responseObject: stage === 'ResponseComplete' || stage === 'Panic' ? this.#response : undefined,
      received,
      at: isFirst ? received : received + (performance.now() - call.began),
      annotations: this.#annotations,
    };
  }

  #answerStatus(): Partial<Status> {
    const { res } = this.#options.call;
    if (this.#status !== undefined) return { ...this.#status, code: this.#status.code ?? res.statusCode };
    // API: what is said of a client that left before anything was answered
    if (!res.headersSent && res.statusCode !== 101) {
      return { status: 'Success', message: 'Connection closed early', code: 200 };
    }
    return { code: res.statusCode };
  }

  #reference(): EventFacts['objectRef'] {
    const { target } = this.#options.call;
    if (target === undefined) return undefined;
    const of = this.#object;
    const isNamespace = target.resource === 'namespaces' && target.group === '';
    return {
      resource: target.resource,
      namespace: (isNamespace ? target.name : target.namespace) || of?.namespace,
      name: target.name || of?.name,
      uid: of?.uid,
      apiGroup: target.group,
      apiVersion: target.version,
      resourceVersion: of?.resourceVersion,
      subresource: target.subresource,
    };
  }

  #textOf(value: object): string | undefined {
    const text = JSON.stringify(this.#options.rule.omitManagedFields ? withoutManagedFields(value) : value);
    return text.length > biggestBody ? undefined : text;
  }
}
