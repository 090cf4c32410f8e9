/** Every virtual resource of this room, for the server to mount. */
import type { Clock } from '../../base/clock.ts';
import type { Registry } from '../../registry/registry.ts';
import type { Authorizer, TokenVerifier, VirtualResource } from '../auth.ts';
import type { Rbac } from '../rbac.ts';
import type { ServiceAccountTokens } from '../service-account-tokens.ts';
import { accessReviews } from './access-reviews.ts';
import { rulesReview } from './rules-review.ts';
import { tokenRequest } from './token-request.ts';
import { tokenReviews } from './token-review.ts';

/** What the reviews ask. */
export interface ReviewOptions {
  readonly authorizer: Authorizer;
  readonly rbac: Pick<Rbac, 'rulesFor'>;
  readonly tokens: ServiceAccountTokens;
  readonly registry: Pick<Registry, 'get'>;
  readonly clock: Clock;
  /** Who knows tokens that are no ServiceAccount's. */
  readonly verifiers?: readonly TokenVerifier[];
}

/** Access reviews, rules review, token reviews and `serviceaccounts/token`. */
export function virtualResources(options: ReviewOptions): VirtualResource[] {
  return [
    ...accessReviews(options.authorizer),
    rulesReview(options.rbac),
    ...tokenReviews({ tokens: options.tokens, verifiers: options.verifiers ?? [], clock: options.clock }),
    tokenRequest(options),
  ];
}
