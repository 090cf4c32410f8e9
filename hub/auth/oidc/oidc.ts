/** Lets people in with ID tokens of an OpenID Connect issuer. */
import { readFileSync } from 'node:fs';
import type { Clock } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import type { TokenHolder, TokenVerifier } from '../auth.ts';
import { userOf } from './claims.ts';
import { type FetchJson, httpsJson, IssuerKeys } from './key-set.ts';
import type { OidcSettings } from './settings.ts';
import { isSignedBy, type SignedToken, takeApart } from './signed-token.ts';

/** `fetch` in place of https. */
export interface OidcOptions {
  readonly settings: OidcSettings;
  readonly clock: Clock;
  readonly log: Log;
  readonly fetch?: FetchJson;
}

function caOf({ caFile }: OidcSettings): string | undefined {
  if (caFile === '') return undefined;
  try {
    return readFileSync(caFile, 'utf8');
  } catch (cause) {
    throw new Error(`setting "oidcCaFile": ${caFile} cannot be read: ${(cause as Error).message}`, { cause });
  }
}

/** The verifier. Tokens of others cost it a look at their claims; the issuer is asked for keys only. */
export function createOidc(options: OidcOptions): TokenVerifier {
  const { settings, clock, log } = options;
  if (settings.clientId === '') throw new Error('setting "oidcClientId" must be set beside "oidcIssuerUrl"');
  const fetch = options.fetch ?? httpsJson(caOf(settings));
  const keys = new IssuerKeys({ issuer: settings.issuerUrl, fetch, clock });

  const judge = (token: SignedToken, key: Parameters<typeof isSignedBy>[1]): TokenHolder | undefined => {
    if (!isSignedBy(token, key)) return undefined;
    const claimed = userOf(token.claims, settings, clock.now());
    if ('user' in claimed) return { user: claimed.user, expires: claimed.expires * 1000, stillThere: () => true };
    log.debug({ issuer: settings.issuerUrl, why: claimed.refusal }, 'an ID token was refused');
    return undefined;
  };
  const ask = async (token: SignedToken): Promise<TokenHolder | undefined> => {
    try {
      const key = await keys.find(token.keyId);
      return key === undefined ? undefined : judge(token, key);
    } catch (error) {
      log.warn(
        { issuer: settings.issuerUrl, error: String(error) },
        'the keys of the OpenID Connect issuer are missing',
      );
      return undefined;
    }
  };
  return {
    verify(bearer) {
      const token = takeApart(bearer);
      if (token === undefined || token.claims['iss'] !== settings.issuerUrl) return undefined;
      const key = keys.known(token.keyId);
      return key === undefined ? ask(token) : judge(token, key);
    },
  };
}
