/** Tokens of Pods while the hub refuses, is away, or is back. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { createPodTokens, type PodTokens } from '../../../agent/pods/tokens.ts';
import type { KeptToken } from '../../../agent/state/tokens.ts';
import { VolumeError } from '../../../agent/volumes/volumes.ts';
import { silentLog } from '../../../hub/base/log.ts';
import { type ManualClock, manualClock } from '../../support/manual-clock.ts';
import { shellPod } from '../../support/shell-pod.ts';

class Refused extends Error {}
const pod = shellPod();

/** The hub answers what `hub.answer` says: an error, or a token that lives an hour. */
function node(hub: { connected: boolean; answer: string | Error }): { tokens: PodTokens; clock: ManualClock } {
  const clock = manualClock();
  const kept = new Map<string, KeptToken>();
  const tokens = createPodTokens({
    store: {
      get: (key) => kept.get(key),
      put: async (key, token) => {
        kept.set(key, token);
      },
      remove: async () => kept.clear(),
    },
    connected: () => hub.connected,
    ask: async () => {
      if (hub.answer instanceof Error) throw hub.answer;
      return { token: hub.answer, expirationTimestamp: new Date(clock.now() + 3600_000).toISOString() };
    },
    isRefusal: (error) => error instanceof Refused,
    clock,
    log: silentLog,
  });
  return { tokens, clock };
}

it('a refusal is an error of the volume, with the reason', async () => {
  const { tokens } = node({ connected: true, answer: new Refused('serviceaccounts "gone" not found') });
  await assert.rejects(tokens.token(pod, {}), (error) => {
    assert.ok(error instanceof VolumeError);
    assert.equal(error.message, 'failed to fetch token: serviceaccounts "gone" not found');
    return true;
  });
});

it('a hub that is away or does not answer is none', async () => {
  assert.equal(await node({ connected: false, answer: new Refused('no') }).tokens.token(pod, {}), undefined);
  assert.equal(await node({ connected: true, answer: new Error('no way') }).tokens.token(pod, {}), undefined);
});

it('what is kept is used as long as it holds, whatever the hub says', async () => {
  const hub: { connected: boolean; answer: string | Error } = { connected: true, answer: 'first' };
  const { tokens, clock } = node(hub);
  assert.equal((await tokens.token(pod, {}))?.token, 'first');
  hub.answer = new Refused('no more');
  clock.advance(3000_000);
  assert.equal((await tokens.token(pod, {}))?.token, 'first');
  clock.advance(600_001);
  await assert.rejects(tokens.token(pod, {}), VolumeError);
});
