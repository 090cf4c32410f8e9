/** A hub as far as joining goes: registry, certificates, authorization and the join endpoint, on a free port. */
import { randomBytes } from 'node:crypto';
import { join as joinPath } from 'node:path';
import type { TestContext } from 'node:test';
import { joinTokenHash, joinTokenSecret } from '../../hub/api/join-token.ts';
import type { JoinTarget } from '../../hub/api/join.ts';
import type { StreamRequest } from '../../hub/api/link.ts';
import { namespaces, secrets } from '../../hub/api/resource.ts';
import { createAuthenticator } from '../../hub/auth/authenticator.ts';
import { createAuthorizer } from '../../hub/auth/authorizer.ts';
import { createNodeAuthorizer } from '../../hub/auth/node-authorizer.ts';
import { openNodeIdentities } from '../../hub/auth/node-identities.ts';
import { openPki, type Pki } from '../../hub/auth/pki.ts';
import { createRbac } from '../../hub/auth/rbac.ts';
import { tokenRequest } from '../../hub/auth/reviews/token-request.ts';
import { ServiceAccountTokens } from '../../hub/auth/service-account-tokens.ts';
import { systemClock } from '../../hub/base/clock.ts';
import { silentLog } from '../../hub/base/log.ts';
import { createJoin, type Join } from '../../hub/join/join.ts';
import type { Registry } from '../../hub/registry/registry.ts';
import { manualClock, type ManualClock } from './manual-clock.ts';
import { asAdmin } from './objects.ts';
import { tempDir } from './temp-dir.ts';
import { openTestRegistry } from './test-registry.ts';

/** The running endpoint and what is behind it. `clock` is that of tokens and certificates. */
export interface JoinHub {
  readonly registry: Registry;
  readonly pki: Pki;
  readonly join: Join;
  readonly clock: ManualClock;
  readonly directory: string;
  /** Makes a join token as `coracle add-node` does, and answers what a device is told. */
  addNode(options?: { expires?: number }): Promise<JoinTarget>;
  /** Another device's directory. */
  device(name: string): string;
}

/** Starts it; it is gone after the test. `request` stands for the broker. */
export async function startJoinHub(
  test: Pick<TestContext, 'after'>,
  request: (node: string, request: StreamRequest) => boolean = () => false,
  patience = 10_000,
): Promise<JoinHub> {
  const directory = tempDir(test, 'coracle-join-');
  const clock = manualClock();
  const registry = await openTestRegistry(test);
  const pki = await openPki({ dir: joinPath(directory, 'pki'), hosts: [], clock, log: silentLog });
  for (const name of ['kube-system', 'x']) {
    await registry.create(namespaces, '', { apiVersion: 'v1', kind: 'Namespace', metadata: { name } }, asAdmin);
  }
  const identities = openNodeIdentities(registry);
  const rbac = createRbac(registry);
  const tokens = new ServiceAccountTokens({ key: pki.serviceAccountKey, registry, clock });
  const join = createJoin({
    host: '127.0.0.1',
    port: 0,
    pki,
    registry,
    identities,
    authenticator: createAuthenticator({ tokens, identities, clock }),
    authorizer: createAuthorizer({ nodes: createNodeAuthorizer(registry), rbac }),
    tokenRequest: tokenRequest({ tokens, registry }),
    request,
    facts: () => ({
      mqttUrl: 'mqtts://:8883',
      apiPort: 16443,
      clusterDomain: 'cluster.local',
      clusterDNS: '10.152.0.10',
    }),
    // timers of sockets are real ones
    clock: { ...systemClock, now: clock.now },
    log: silentLog,
    patience,
  });
  await join.start?.();
  test.after(async () => {
    await join.stop?.();
    identities.stop();
    rbac.stop();
    pki.stop();
  });
  return {
    registry,
    pki,
    join,
    clock,
    directory,
    async addNode(options = {}) {
      const token = randomBytes(16).toString('hex');
      await registry.create(
        secrets,
        'kube-system',
        joinTokenSecret({ hash: joinTokenHash(token), ...options }),
        asAdmin,
      );
      return { host: '127.0.0.1', port: join.port, token, caHash: pki.caHash };
    },
    device: (name) => joinPath(directory, 'devices', name),
  };
}
