/** Checks bearer tokens of the form `<id>.<secret>` against the bootstrap tokens there are. */
import { timingSafeEqual } from 'node:crypto';
import {
  bootstrapTokenNamespace,
  bootstrapTokenPrefix,
  readBootstrapToken,
  splitBootstrapToken,
} from '../api/bootstrap-token.ts';
import type { Secret } from '../api/config.ts';
import { secrets } from '../api/resource.ts';
import { authenticatedGroup } from '../api/user.ts';
import type { Clock } from '../base/clock.ts';
import type { Entry, Registry } from '../registry/registry.ts';
import type { TokenVerifier } from './auth.ts';

/** Holders are `system:bootstrap:<id>`, until the token ends or its Secret changes. */
export function bootstrapTokens(options: { registry: Pick<Registry, 'get'>; clock: Clock }): TokenVerifier {
  const { registry, clock } = options;
  return {
    verify(bearer) {
      const shown = splitBootstrapToken(bearer);
      if (shown === undefined) return undefined;
      const find = (): Entry | undefined =>
        registry.get(secrets, bootstrapTokenNamespace, bootstrapTokenPrefix + shown.id);
      const entry = find();
      const token = entry === undefined ? undefined : readBootstrapToken(entry.object<Secret>());
      if (token === undefined || !token.authentication || token.groups === undefined) return undefined;
      if (!timingSafeEqual(Buffer.from(token.secret), Buffer.from(shown.secret))) return undefined;
      if (token.expires !== undefined && token.expires <= clock.now()) return undefined;
      return {
        user: { name: `system:bootstrap:${token.id}`, groups: [...token.groups, authenticatedGroup] },
        expires: token.expires,
        stillThere: () => find() === entry,
      };
    },
  };
}
