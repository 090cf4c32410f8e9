/** Join tokens: is one good for this node and key, and using it up when the certificate is issued. */
import { timingSafeEqual } from 'node:crypto';
import { ApiError } from '../api/errors.ts';
import {
  type JoinToken,
  joinTokenData,
  joinTokenHash,
  joinTokenName,
  joinTokenNamespace,
  readJoinToken,
} from '../api/join-token.ts';
import type { KubeObject } from '../api/object.ts';
import { secrets } from '../api/resource.ts';
import { joinUser } from '../api/user.ts';
import type { Clock } from '../base/clock.ts';
import type { Registry, WriteOptions } from '../registry/registry.ts';

/** The node that used a token up may ask again with the same key for this long: its answer may have been lost. */
const repeatable = 10 * 60_000;
/** Used and expired tokens are kept for this long, so that they are refused with the right sentence. */
const keptAfter = 24 * 3600_000;

const writing: WriteOptions = {
  user: joinUser,
  manager: 'coracle-join',
};
const next = 'run `coracle add-node` on the hub for a new one';

/** Who wants to use a token. */
export interface Applicant {
  readonly node: string;
  readonly keyHash: string;
}

const refused = (why: string): ApiError => new ApiError('Unauthorized', `the join token ${why}: ${next}`);

const same = (left: string, right: string): boolean =>
  left.length === right.length && timingSafeEqual(Buffer.from(left), Buffer.from(right));

/** Throws ApiError Unauthorized unless `token` is good for `applicant` at `now` (Unix milliseconds). */
function mustBeGood(token: JoinToken | undefined, hash: string, applicant: Applicant, now: number): JoinToken {
  if (token === undefined || !same(token.hash, hash)) throw refused('is not known here');
  if (token.expires !== undefined && token.expires <= now) throw refused('has expired');
  const { used } = token;
  if (used === undefined) return token;
  const isRepeat = used.node === applicant.node && same(used.keyHash, applicant.keyHash) && now - used.at < repeatable;
  if (!isRepeat) throw refused('was already used');
  return token;
}

/** The tokens of the cluster. */
export class JoinTokens {
  readonly #registry: Pick<Registry, 'get' | 'entries' | 'modify' | 'delete'>;
  readonly #clock: Clock;

  constructor(options: { registry: Pick<Registry, 'get' | 'entries' | 'modify' | 'delete'>; clock: Clock }) {
    this.#registry = options.registry;
    this.#clock = options.clock;
  }

  /** Throws ApiError Unauthorized, with one sentence, for a token that cannot be used. Changes nothing. */
  check(token: string, applicant: Applicant): void {
    const hash = joinTokenHash(token);
    const entry = this.#registry.get(secrets, joinTokenNamespace, joinTokenName(hash));
    mustBeGood(entry === undefined ? undefined : readJoinToken(entry.object()), hash, applicant, this.#clock.now());
  }

  /** Marks a single-use token as used by `applicant`; throws like `check` when somebody else was faster. */
  async consume(token: string, applicant: Applicant): Promise<void> {
    const hash = joinTokenHash(token);
    const mark = (secret: KubeObject): void => {
      const now = this.#clock.now();
      const good = mustBeGood(readJoinToken(secret), hash, applicant, now);
      if (good.expires !== undefined || good.used !== undefined) return;
      secret['data'] = joinTokenData({ hash: good.hash, used: { ...applicant, at: now } });
    };
    await this.#registry.modify(secrets, joinTokenNamespace, joinTokenName(hash), mark, writing);
  }

  /** Removes tokens that nobody can use any more. */
  async sweep(): Promise<void> {
    const before = this.#clock.now() - keptAfter;
    const prefix = joinTokenName('');
    const old = [...this.#registry.entries(secrets, joinTokenNamespace)].filter((entry) => {
      if (!entry.name.startsWith(prefix)) return false;
      const token = readJoinToken(entry.object());
      return token !== undefined && (token.used?.at ?? token.expires ?? Number.POSITIVE_INFINITY) < before;
    });
    await Promise.allSettled(old.map((entry) => this.#registry.delete(secrets, entry.namespace, entry.name, writing)));
  }
}
