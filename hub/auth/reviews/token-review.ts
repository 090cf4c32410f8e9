/** authentication.k8s.io/v1: whose token is this (TokenReview), and who am I (SelfSubjectReview). */
import { badRequest } from '../../api/errors.ts';
import { type JsonObject, timestamp } from '../../api/object.ts';
import type { User } from '../../api/user.ts';
import type { Clock } from '../../base/clock.ts';
import type { VirtualResource } from '../auth.ts';
import type { ServiceAccountTokens } from '../service-account-tokens.ts';
import { answered, specOf, textIn, textsIn } from './review.ts';

const group = 'authentication.k8s.io';

function userInfo({ name, uid, groups, extra }: User): JsonObject {
  return { username: name, ...(uid === undefined ? {} : { uid }), groups, ...(extra === undefined ? {} : { extra }) };
}

/** The two reviews. Only ServiceAccount tokens can be reviewed; others are reported as not authenticated. */
export function tokenReviews(
  tokens: Pick<ServiceAccountTokens, 'verify' | 'audiences'>,
  clock: Clock,
): VirtualResource[] {
  return [
    {
      group,
      resource: 'tokenreviews',
      subresource: '',
      create({ body }) {
        const spec = specOf(body);
        const token = textIn(spec, 'token');
        if (token === '') throw badRequest('token is required for TokenReview in authentication');
        const wanted = textsIn(spec, 'audiences');
        const holder = tokens.verify(token, wanted.length === 0 ? tokens.audiences : wanted);
        if (holder === undefined) return answered(body, { user: {}, error: 'invalid bearer token' });
        return answered(body, { authenticated: true, user: userInfo(holder.user), audiences: holder.audiences });
      },
    },
    {
      group,
      resource: 'selfsubjectreviews',
      subresource: '',
      create: ({ body: { apiVersion, kind }, user }) => ({
        apiVersion,
        kind,
        metadata: { creationTimestamp: timestamp(clock.now()) },
        status: { userInfo: userInfo(user) },
      }),
    },
  ];
}
