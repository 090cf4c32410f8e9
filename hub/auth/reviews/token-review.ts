/** authentication.k8s.io/v1: whose token is this (TokenReview), and who am I (SelfSubjectReview). */
import { badRequest } from '../../api/errors.ts';
import { type JsonObject, timestamp } from '../../api/object.ts';
import type { User } from '../../api/user.ts';
import type { Clock } from '../../base/clock.ts';
import type { TokenVerifier, VirtualResource } from '../auth.ts';
import type { AccountHolder, ServiceAccountTokens } from '../service-account-tokens.ts';
import { answered, specOf, textIn, textsIn } from './review.ts';

const group = 'authentication.k8s.io';

function userInfo({ name, uid, groups, extra }: User): JsonObject {
  return { username: name, ...(uid === undefined ? {} : { uid }), groups, ...(extra === undefined ? {} : { extra }) };
}

/** The two reviews. Tokens that are no ServiceAccount's are good for the API server alone. */
export function tokenReviews(options: {
  readonly tokens: Pick<ServiceAccountTokens, 'verify' | 'audiences'>;
  readonly verifiers: readonly TokenVerifier[];
  readonly clock: Clock;
}): VirtualResource[] {
  const { tokens, verifiers, clock } = options;
  const holderOf = async (token: string, wanted: readonly string[]): Promise<AccountHolder | undefined> => {
    const account = tokens.verify(token, wanted);
    const audiences = wanted.filter((one) => tokens.audiences.includes(one));
    if (account !== undefined || audiences.length === 0) return account;
    for (const verifier of verifiers) {
      const holder = await verifier.verify(token);
      if (holder !== undefined) return { ...holder, audiences };
    }
    return undefined;
  };
  return [
    {
      group,
      resource: 'tokenreviews',
      subresource: '',
      async create({ body }) {
        const spec = specOf(body);
        const token = textIn(spec, 'token');
        if (token === '') throw badRequest('token is required for TokenReview in authentication');
        const wanted = textsIn(spec, 'audiences');
        const holder = await holderOf(token, wanted.length === 0 ? tokens.audiences : wanted);
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
