/**
 * Asks upstreams for what is not of the cluster.
 *
 * INVARIANTS: equal questions share one exchange; exchanges and those who wait for them are bounded; a dead upstream costs
 * one question now and then, not every question its timeout.
 */
import { randomBytes, randomInt } from 'node:crypto';
import type { Clock } from '../../hub/base/clock.ts';
import type { Log } from '../../hub/base/log.ts';
import { askConnection, askDatagram, type Exchange } from './exchange.ts';
import { ForwardCache, type KeptAnswer, longestKept } from './forward-cache.ts';
import { Upstream, type UpstreamPlace } from './upstream.ts';
import { flags, headerSize, rcodes, types } from './wire/codes.ts';
import { type Forwarded, readForwarded } from './wire/forwarded.ts';
import { type Labels, lowerCase } from './wire/name.ts';
import { type Query, questionOf } from './wire/query.ts';
import { optSize, writeHeader, writeOpt } from './wire/reply.ts';

/** What is asked: name, type and class as on the wire, and what the client wants to know of signatures. */
export type ForwardQuestion = Pick<Query, 'question' | 'flags' | 'edns'>;

/** Options of the forwarder. */
export interface ForwarderOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** How long one server may take, in milliseconds; 2000 unless said. */
  readonly timeout?: number;
}

/** At most so many exchanges at once, and so many who wait for them: sockets and memory of a small machine. */
const exchangeLimit = 256;
const waitingLimit = 4096;

const usualTimeout = 2000;

const loopDomain = 'coracle-loop';

/** The forwarder. `undefined` as an answer means: no upstream said anything. */
export class Forwarder {
  readonly #options: ForwarderOptions;
  readonly #cache: ForwardCache;
  readonly #pending = new Map<string, Promise<KeptAnswer | undefined>>();
  /** Questions under way to find loops, by their first label. */
  readonly #probes = new Map<string, Upstream>();
  readonly #stopping = new AbortController();
  #upstreams: readonly Upstream[] = [];
  #waiting = 0;

  constructor(options: ForwarderOptions) {
    this.#options = options;
    this.#cache = new ForwardCache(options.clock);
  }

  /** Who is asked from now on, in this order. What others answered is forgotten: another network has other names. */
  use(places: readonly UpstreamPlace[]): void {
    const same = (one: UpstreamPlace, other: UpstreamPlace): boolean =>
      one.address === other.address && one.port === other.port;
    const before = this.#upstreams;
    if (places.length === before.length && places.every((place, at) => same(place, before[at]?.place ?? place))) return;
    this.#upstreams = places.map((place) => before.find((each) => same(each.place, place)) ?? new Upstream(place));
    this.#cache.clear();
    for (const upstream of this.#upstreams) void this.#probe(upstream);
    this.#options.log.info({ upstreams: places.map(({ address, port }) => `${address}:${port}`) }, 'DNS upstreams');
  }

  /** What is known at once, without asking. */
  known(question: ForwardQuestion): KeptAnswer | undefined {
    return this.#cache.fresh(keyOf(question));
  }

  /** The answer, from memory or from upstream. Never rejects. */
  async resolve(question: ForwardQuestion): Promise<KeptAnswer | undefined> {
    const key = keyOf(question);
    const fresh = this.#cache.fresh(key);
    if (fresh !== undefined) return fresh;
    let pending = this.#pending.get(key);
    if (pending === undefined) {
      if (this.#pending.size >= exchangeLimit) return this.#cache.stale(key);
      pending = this.#find(key, question).finally(() => this.#pending.delete(key));
      this.#pending.set(key, pending);
    }
    if (this.#waiting >= waitingLimit) return this.#cache.stale(key);
    this.#waiting += 1;
    try {
      return await pending;
    } finally {
      this.#waiting -= 1;
    }
  }

  /** True for a name that was asked upstream to see whether it comes back here; who sent it round is not asked any more. */
  cameBack(labels: Labels): boolean {
    const upstream = labels.length === 2 && labels[1] === loopDomain ? this.#probes.get(labels[0] ?? '') : undefined;
    if (upstream === undefined) return false;
    this.#upstreams = this.#upstreams.filter((each) => each !== upstream);
    const { address } = upstream.place;
    this.#options.log.error({ upstream: address }, 'a DNS upstream asks this node in turn: it is not asked any more');
    return true;
  }

  stop(): void {
    this.#stopping.abort();
  }

  /** As CoreDNS does: a name nobody has, of a type nobody asks for. */
  async #probe(upstream: Upstream): Promise<void> {
    const token = randomBytes(12).toString('hex');
    this.#probes.set(token, upstream);
    await this.#ask(
      upstream,
      { question: questionOf([token, loopDomain], types.HINFO), flags: 0, edns: undefined },
      'udp',
    );
    this.#probes.delete(token);
  }

  async #find(key: string, question: ForwardQuestion): Promise<KeptAnswer | undefined> {
    const now = this.#options.clock.now();
    const due = this.#upstreams.filter((upstream) => upstream.dead && upstream.take(now));
    const alive = this.#upstreams.filter((upstream) => !upstream.dead);
    const stale = this.#cache.stale(key);
    // nobody waits for a dead one where there is something to say already
    if (alive.length > 0 || stale !== undefined) for (const each of due) void this.#ask(each, question, 'udp');
    if (alive.length === 0 && stale !== undefined) return stale;
    const forwarded = await this.#askAll(alive.length > 0 ? alive : due, question);
    // a server that cannot say is no better than one that does not
    if (forwarded === undefined) return stale;
    if (!isGood(forwarded)) return stale ?? { forwarded, ttl: 0 };
    this.#cache.put(key, forwarded);
    return { forwarded, ttl: Math.min(forwarded.ttl, longestKept) };
  }

  /** Each upstream over UDP, in order; then the first over TCP, as some networks let nothing else pass. */
  async #askAll(upstreams: readonly Upstream[], question: ForwardQuestion): Promise<Forwarded | undefined> {
    let worse: Forwarded | undefined;
    for (const upstream of upstreams) {
      const answer = await this.#ask(upstream, question, 'udp');
      if (answer !== undefined && isGood(answer)) return answer;
      worse ??= answer;
    }
    const [first] = upstreams;
    return worse !== undefined || first === undefined ? worse : this.#ask(first, question, 'tcp');
  }

  async #ask(upstream: Upstream, question: ForwardQuestion, over: 'udp' | 'tcp'): Promise<Forwarded | undefined> {
    const { clock, timeout = usualTimeout, log } = this.#options;
    const id = randomInt(65_536);
    const exchange: Exchange<Forwarded> = {
      place: upstream.place,
      message: writeQuestion(question, id),
      read: (bytes) => readForwarded(bytes, id, question.question),
      timeout,
      signal: this.#stopping.signal,
    };
    try {
      const answer = await (over === 'udp' ? askDatagram(exchange) : askConnection(exchange));
      upstream.answered();
      if (!answer.truncated || over === 'tcp') return answer;
      // a part is better than nothing where TCP does not pass
      return (await this.#ask(upstream, question, 'tcp')) ?? answer;
    } catch (error) {
      const wasDead = upstream.dead;
      upstream.failed(clock.now());
      if (!wasDead && upstream.dead && !this.#stopping.signal.aborted)
        log.warn({ upstream: upstream.place.address, error: String(error) }, 'a DNS upstream does not answer');
      return undefined;
    }
  }
}

/** An answer that settles the question, be it that there is no such name. */
const isGood = ({ rcode }: Forwarded): boolean => rcode === rcodes.noError || rcode === rcodes.nameError;

const wantsSignatures = ({ edns }: ForwardQuestion): boolean => edns?.dnssecOk === true;
const isUnchecked = ({ flags: word }: ForwardQuestion): boolean => (word & flags.checkingDisabled) !== 0;

/** Equal for questions with equal answers. */
function keyOf(question: ForwardQuestion): string {
  const more = (wantsSignatures(question) ? 1 : 0) | (isUnchecked(question) ? 2 : 0);
  return `${more}${lowerCase(question.question.toString('latin1'))}`;
}

function writeQuestion(asked: ForwardQuestion, id: number): Buffer {
  const { question } = asked;
  const end = headerSize + question.length;
  const message = Buffer.alloc(end + optSize);
  const word = flags.recursionDesired | (isUnchecked(asked) ? flags.checkingDisabled : 0);
  writeHeader(message, { id, flags: word, counts: [1, 0, 0, 1] });
  question.copy(message, headerSize);
  writeOpt(message, end, 0, wantsSignatures(asked));
  return message;
}
