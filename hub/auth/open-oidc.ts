/** Knows the ID tokens of the issuer that is set; nothing of that is loaded when there is none. */
import type { Clock } from '../base/clock.ts';
import type { HubSettings } from '../base/hub-settings.ts';
import type { Log } from '../base/log.ts';
import type { TokenVerifier } from './auth.ts';

/** One verifier, or none. Rejects with an Error that names a setting which is wrong. */
export async function openOidc(settings: HubSettings, clock: Clock, log: Log): Promise<TokenVerifier[]> {
  if (settings.oidcIssuerUrl === '') return [];
  const { createOidc } = await import('./oidc/oidc.ts');
  const oidc = {
    issuerUrl: settings.oidcIssuerUrl,
    clientId: settings.oidcClientId,
    usernameClaim: settings.oidcUsernameClaim,
    usernamePrefix: settings.oidcUsernamePrefix,
    groupsClaim: settings.oidcGroupsClaim,
    groupsPrefix: settings.oidcGroupsPrefix,
    caFile: settings.oidcCaFile,
  };
  return [createOidc({ settings: oidc, clock, log })];
}
