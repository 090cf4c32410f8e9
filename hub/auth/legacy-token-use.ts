/** Writes down on which day a token kept in a Secret was last used, as a label. API: kubernetes.io/legacy-token-last-used. */
import type { Secret } from '../api/config.ts';
import { secrets } from '../api/resource.ts';
import { apiServerUser } from '../api/user.ts';
import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import type { Registry } from '../registry/registry.ts';

const lastUsed = 'kubernetes.io/legacy-token-last-used';
const writing = { user: apiServerUser, manager: 'coracle-hub' };

/** What is told of every use; it writes once a day for each Secret. */
export function legacyTokenUse(options: {
  readonly registry: Pick<Registry, 'get' | 'modify'>;
  readonly clock: Clock;
  readonly log: Log;
}): (namespace: string, name: string) => void {
  const { registry, clock, log } = options;
  return (namespace, name) => {
    const today = new Date(clock.now()).toISOString().slice(0, 10);
    if (registry.get(secrets, namespace, name)?.labels[lastUsed] === today) return;
    const put = (secret: Secret): void => {
      secret.metadata.labels = { ...secret.metadata.labels, [lastUsed]: today };
    };
    registry.modify<Secret>(secrets, namespace, name, put, writing).catch((error: unknown) => {
      log.warn({ secret: `${namespace}/${name}`, error: String(error) }, 'the use of a token was not written down');
    });
  };
}
