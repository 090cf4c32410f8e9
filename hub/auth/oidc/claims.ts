/** Who a verified ID token speaks of. Pure; OpenID Connect Core 1.0, section 3.1.3.7. */
import { authenticatedGroup, type User } from '../../api/user.ts';
import type { Claims } from '../jwt.ts';
import type { OidcSettings } from './settings.ts';

/** A user and the token's end (Unix seconds), or why there is none. */
export type ClaimedUser = { readonly user: User; readonly expires: number } | { readonly refusal: string };

/** Clocks of others may be ahead by so many seconds. */
const skew = 60;

/** Names Kubernetes keeps for its own users and groups; no issuer hands them out. */
const reserved = 'system:';

function isFor(audience: unknown, clientId: string): boolean {
  return Array.isArray(audience) ? audience.includes(clientId) : audience === clientId;
}

function nameOf(claims: Claims, settings: OidcSettings): string | undefined {
  const { usernameClaim, usernamePrefix, issuerUrl } = settings;
  const value = claims[usernameClaim];
  if (typeof value !== 'string' || value === '') return undefined;
  if (usernamePrefix === '-') return value;
  const usual = usernameClaim === 'email' ? '' : `${issuerUrl}#`;
  return (usernamePrefix === '' ? usual : usernamePrefix) + value;
}

function groupsOf(claims: Claims, { groupsClaim, groupsPrefix }: OidcSettings): readonly string[] | undefined {
  const value = groupsClaim === '' ? undefined : claims[groupsClaim];
  if (value === undefined || value === null) return [];
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  if (!list.every((one) => typeof one === 'string')) return undefined;
  return (list as string[]).map((one) => groupsPrefix + one);
}

/** Reads claims whose signature was checked; `now` is in Unix milliseconds. */
export function userOf(claims: Claims, settings: OidcSettings, now: number): ClaimedUser {
  const seconds = now / 1000;
  const { iss, aud, exp, nbf } = claims;
  if (iss !== settings.issuerUrl) return { refusal: 'it is of another issuer' };
  if (!isFor(aud, settings.clientId)) return { refusal: 'it is for another audience' };
  if (typeof exp !== 'number' || exp <= seconds) return { refusal: 'it has ended' };
  if (typeof nbf === 'number' && nbf > seconds + skew) return { refusal: 'it has not begun' };
  if (settings.usernameClaim === 'email' && claims['email_verified'] !== undefined && claims['email_verified'] !== true)
    return { refusal: 'the email address is not verified' };
  const name = nameOf(claims, settings);
  if (name === undefined) return { refusal: `the claim "${settings.usernameClaim}" is no name` };
  const groups = groupsOf(claims, settings);
  if (groups === undefined) return { refusal: `the claim "${settings.groupsClaim}" is no list of names` };
  if ([name, ...groups].some((one) => one.startsWith(reserved)))
    return { refusal: `it gives a name that begins with "${reserved}"` };
  return { user: { name, groups: [...groups, authenticatedGroup] }, expires: exp };
}
