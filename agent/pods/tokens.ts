/** Tokens of ServiceAccounts for the Pods of this node: kept, renewed at four fifths of life, asked for only while the hub is there. */
import type { PodTokenRequest, PodTokenResponse } from '../../hub/api/node-requests.ts';
import type { Pod } from '../../hub/api/pod.ts';
import type { Clock } from '../../hub/base/clock.ts';
import type { Log } from '../../hub/base/log.ts';
import type { KeptToken, TokenStore } from '../state/tokens.ts';

/** What a serviceAccountToken projection asks. */
export interface TokenRequest {
  readonly audience?: string;
  readonly expirationSeconds?: number;
}

/** Tokens for Pods; undefined when there is none and the hub cannot be asked. `refreshAt`: Unix milliseconds. */
export interface PodTokens {
  token(pod: Pod, request: TokenRequest): Promise<{ token: string; refreshAt: number } | undefined>;
  remove(uid: string): Promise<void>;
}

/** Options of `createPodTokens`. `ask` rejects when the hub refuses or cannot be reached. */
export interface PodTokensOptions {
  readonly store: TokenStore;
  readonly connected: () => boolean;
  readonly ask: (request: PodTokenRequest) => Promise<PodTokenResponse>;
  readonly clock: Clock;
  readonly log: Log;
}

/** Makes it. */
export function createPodTokens(options: PodTokensOptions): PodTokens {
  const { store, clock } = options;

  async function ask(pod: Pod, { audience, expirationSeconds }: TokenRequest): Promise<KeptToken> {
    const { namespace = '', name = '', uid = '' } = pod.metadata;
    const answer = await options.ask({
      namespace,
      serviceAccount: pod.spec.serviceAccountName ?? 'default',
      pod: { name, uid },
      ...(audience === undefined || audience === '' ? {} : { audiences: [audience] }),
      ...(expirationSeconds === undefined ? {} : { expirationSeconds }),
    });
    return { token: answer.token, issued: clock.now(), expires: Date.parse(answer.expirationTimestamp) };
  }

  return {
    async token(pod, request) {
      const key = JSON.stringify([pod.metadata.uid, request.audience ?? '']).slice(2);
      const kept = store.get(key);
      if (kept !== undefined && clock.now() < refreshTime(kept))
        return { token: kept.token, refreshAt: refreshTime(kept) };
      if (options.connected()) {
        try {
          const fresh = await ask(pod, request);
          await store.put(key, fresh);
          return { token: fresh.token, refreshAt: refreshTime(fresh) };
        } catch (error) {
          options.log.warn({ pod: pod.metadata.name, error: String(error) }, 'the hub gave no token for a Pod');
        }
      }
      return kept !== undefined && clock.now() < kept.expires
        ? { token: kept.token, refreshAt: clock.now() + retry }
        : undefined;
    },
    remove: (uid) => store.remove(uid),
  };
}

/** When a token that could not be renewed is asked for again, in milliseconds. */
const retry = 60_000;

/** API: a kubelet renews at 80 % of a token's life, and never keeps one above 24 hours. */
function refreshTime({ issued, expires }: KeptToken): number {
  return issued + Math.min((expires - issued) * 0.8, 24 * 3600_000);
}
