/** Opens who may do what: identities, tokens, authorizers and admission. Part of the wiring, used by hub.ts. */
import { randomUUID } from 'node:crypto';
import { createAuthenticator } from './auth/authenticator.ts';
import { createAuthorizer } from './auth/authorizer.ts';
import type { Authenticator, Authorizer, VirtualResource } from './auth/auth.ts';
import { bootstrapTokens } from './auth/bootstrap-tokens.ts';
import {
  certificateApproval,
  certificateSigning,
  certificateSubjectRestriction,
} from './auth/certificates/admission.ts';
import { escalationCheck } from './auth/escalation.ts';
import { legacyTokenUse } from './auth/legacy-token-use.ts';
import { createNodeAuthorizer } from './auth/node-authorizer.ts';
import { type NodeIdentities, openNodeIdentities } from './auth/node-identities.ts';
import { openOidc } from './auth/open-oidc.ts';
import { ownerReferencesEnforcement } from './auth/owner-references.ts';
import type { Pki } from './auth/pki.ts';
import { createRbac, type Rbac } from './auth/rbac.ts';
import { virtualResources } from './auth/reviews/reviews.ts';
import { ServiceAccountTokens } from './auth/service-account-tokens.ts';
import type { Clock } from './base/clock.ts';
import type { HubSettings } from './base/hub-settings.ts';
import type { Log } from './base/log.ts';
import type { OpenedObjects } from './open-objects.ts';
import { choosePlugins } from './registry/admission/choose.ts';
import { createAdmission } from './registry/admission/create-admission.ts';
import type { AdmissionPlugin } from './registry/registry.ts';

/** Who is asked about requests. */
export interface OpenedAccess {
  readonly identities: NodeIdentities;
  readonly tokens: ServiceAccountTokens;
  readonly authenticator: Authenticator;
  readonly authorizer: Authorizer;
  /** Reviews and requests for tokens. */
  readonly virtuals: readonly VirtualResource[];
}

/** Options of `openAccess`. */
export interface OpenAccessOptions {
  readonly objects: OpenedObjects;
  readonly pki: Pki;
  readonly settings: HubSettings;
  readonly clock: Clock;
  readonly log: Log;
}

/** Makes them, and has the registry ask admission from now on. Rejects with an Error that names the setting at fault. */
export async function openAccess({ objects, pki, settings, clock, log }: OpenAccessOptions): Promise<OpenedAccess> {
  const { registry } = objects;
  const identities = openNodeIdentities(registry);
  const tokens = new ServiceAccountTokens({
    key: pki.serviceAccountKey,
    registry,
    clock,
    usedSecret: legacyTokenUse({ registry, clock, log }),
  });
  const verifiers = [bootstrapTokens({ registry, clock }), ...(await openOidc(settings, clock, log))];
  const authenticator = createAuthenticator({ tokens, identities, clock, verifiers });
  const rbac = createRbac(registry);
  const authorizer = createAuthorizer({ nodes: createNodeAuthorizer(registry), rbac });
  objects.admission.push(...admissionPlugins({ objects, authorizer, rbac, settings, clock }));
  const virtuals = virtualResources({ authorizer, rbac, tokens, registry, verifiers, clock });
  return { identities, tokens, authenticator, authorizer, virtuals };
}

/** Everybody who is asked at a write, in order. */
function admissionPlugins(options: {
  readonly objects: OpenedObjects;
  readonly authorizer: Authorizer;
  readonly rbac: Rbac;
  readonly settings: HubSettings;
  readonly clock: Clock;
}): AdmissionPlugin[] {
  const { objects, authorizer, rbac, settings, clock } = options;
  const { registry, schemas, conformer, webhooks, converter } = objects;
  const { catalogue } = registry;
  const choice = { enable: settings.enableAdmissionPlugins, disable: settings.disableAdmissionPlugins };
  const general = createAdmission({
    reader: registry,
    clock,
    random: Math.random,
    choice,
    dynamic: {
      ...{ client: webhooks, catalogue, schemas, conformer, converter, newUid: randomUUID },
      count: (ref) => registry.count(ref),
      served: (info, entry) => registry.served(info, entry),
      ready: (info, entries) => registry.ready(info, entries),
      authorize: (access) => authorizer.authorize(access),
    },
  });
  const ofAccess = choosePlugins(
    [
      escalationCheck({ authorizer, rbac }),
      certificateApproval(authorizer),
      certificateSigning(authorizer),
      certificateSubjectRestriction,
      ownerReferencesEnforcement({ authorizer, catalogue }),
    ],
    choice,
  );
  return [...general, ...ofAccess];
}
