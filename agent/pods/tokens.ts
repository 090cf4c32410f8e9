/**
 * Tokens of ServiceAccounts for the Pods of this node: kept, renewed at four fifths of life, asked for only while the hub is there.
 *
 * A hub that refuses is believed, as a kubelet believes its API server: the Pod waits. A hub that is away is no reason to
 * wait at the edge: a Pod without a kept token starts without, and gets one when the hub is back.
 */
import type { PodTokenRequest, PodTokenResponse } from '../../hub/api/node-requests.ts';
import type { Pod } from '../../hub/api/pod.ts';
import type { Clock } from '../../hub/base/clock.ts';
import type { Log } from '../../hub/base/log.ts';
import type { KeptToken, TokenStore } from '../state/tokens.ts';
import { VolumeError } from '../volumes/volumes.ts';

/** What a serviceAccountToken projection asks. */
export interface TokenRequest {
  readonly audience?: string;
  readonly expirationSeconds?: number;
}

/** Tokens for Pods. `refreshAt`: Unix milliseconds. */
export interface PodTokens {
  /** Undefined when none is kept and the hub cannot be reached; rejects with VolumeError when none is kept and the hub refuses. */
  token(pod: Pod, request: TokenRequest): Promise<{ token: string; refreshAt: number } | undefined>;
  remove(uid: string): Promise<void>;
}

/** Options of `createPodTokens`. `ask` rejects when the hub refuses or cannot be reached; `isRefusal` tells which. */
export interface PodTokensOptions {
  readonly store: TokenStore;
  readonly connected: () => boolean;
  readonly ask: (request: PodTokenRequest) => Promise<PodTokenResponse>;
  readonly isRefusal: (error: unknown) => boolean;
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
      const usable = kept !== undefined && clock.now() < kept.expires;
      if (options.connected()) {
        try {
          const fresh = await ask(pod, request);
          await store.put(key, fresh);
          return { token: fresh.token, refreshAt: refreshTime(fresh) };
        } catch (error) {
          options.log.warn({ pod: pod.metadata.name, error: String(error) }, 'the hub gave no token for a Pod');
          if (!usable && options.isRefusal(error)) throw refused(error);
        }
      }
      return usable ? { token: kept.token, refreshAt: clock.now() + retry } : undefined;
    },
    remove: (uid) => store.remove(uid),
  };
}

function refused(error: unknown): VolumeError {
  const message = error instanceof Error ? error.message : String(error);
  return new VolumeError(`failed to fetch token: ${message}`, { cause: error });
}

/** When a token that could not be renewed is asked for again, in milliseconds. */
const retry = 60_000;

/** API: a kubelet renews at 80 % of a token's life, and never keeps one above 24 hours. */
function refreshTime({ issued, expires }: KeptToken): number {
  return issued + Math.min((expires - issued) * 0.8, 24 * 3600_000);
}
