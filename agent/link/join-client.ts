/** The agent's side of joining: trust the hub by its CA key, prove a token, get a certificate; later, renew it. */
import { type KeyObject, X509Certificate } from 'node:crypto';
import type { JoinRequest, JoinResponse, JoinTarget } from '../../hub/api/join.ts';
import type { RenewRequest } from '../../hub/api/node-requests.ts';
import { nodesGroup, nodeUserName } from '../../hub/api/user.ts';
import { coracleVersion } from '../../hub/api/version.ts';
import { backoffDelay } from '../../hub/base/backoff.ts';
import type { Clock } from '../../hub/base/clock.ts';
import type { Part } from '../../hub/base/lifecycle.ts';
import type { Log } from '../../hub/base/log.ts';
import { publicKeyHash, renewalTime } from '../../hub/base/x509/certificate.ts';
import { createRequest } from '../../hub/base/x509/request.ts';
import { askHub, HubError } from './hub-request.ts';
import { deviceKey, hubAddress, type LinkIdentity, loadIdentity, saveIdentity } from './identity.ts';

export { HubError };

/** `directory` is where key and certificate are kept. */
export interface JoinClientOptions {
  readonly target: JoinTarget;
  readonly node: string;
  readonly directory: string;
  readonly clock: Clock;
  readonly signal?: AbortSignal;
}

/** What the hub answered must be for our key, and its CA the pinned one. */
function mustFit(answer: JoinResponse, caHash: string, key: KeyObject): void {
  const certificate = new X509Certificate(answer.certificate);
  const ca = new X509Certificate(answer.ca);
  if (
    publicKeyHash(ca.publicKey) !== caHash ||
    !certificate.verify(ca.publicKey) ||
    !certificate.checkPrivateKey(key)
  ) {
    throw new HubError('the hub answered with a certificate that is not for this device');
  }
}

/**
 * Joins: the token leaves this device only after the hub proved that it holds the pinned CA. May be repeated with the same
 * directory (and so the same key) when the answer was lost. Rejects with HubError, whose message is one sentence.
 */
export async function join(options: JoinClientOptions): Promise<LinkIdentity> {
  const { target, node, directory, clock, signal } = options;
  const key = await deviceKey(directory);
  const subject = { commonName: nodeUserName(node), organizations: [nodesGroup] };
  const body: JoinRequest = { token: target.token, node, csr: createRequest(subject, key), version: coracleVersion };
  const answer = await askHub<JoinResponse>(
    { host: target.host, port: target.port, pin: { caHash: target.caHash, now: clock.now() } },
    { method: 'POST', path: '/join', body, ...(signal === undefined ? {} : { signal }) },
  );
  mustFit(answer, target.caHash, key);
  return saveIdentity(directory, target.host, { ...answer, joinPort: target.port });
}

/** Gets the next certificate for the same key and keeps it. Rejects with HubError. */
export async function renew(
  identity: LinkIdentity,
  options: { directory: string; clock: Clock },
): Promise<LinkIdentity> {
  const key = await deviceKey(options.directory);
  const subject = { commonName: nodeUserName(identity.node), organizations: [nodesGroup] };
  const body: RenewRequest = { csr: createRequest(subject, key) };
  const hub = hubAddress(identity, options.clock.now());
  const answer = await askHub<JoinResponse>(hub, { method: 'POST', path: '/renew', body });
  mustFit(answer, hub.pin.caHash, key);
  return saveIdentity(options.directory, identity.host, { ...answer, joinPort: identity.joinPort });
}

/** The same for the identity kept in `directory`; false when there is none. Rejects with HubError. */
export async function renewKept(directory: string, clock: Clock): Promise<boolean> {
  const identity = await loadIdentity(directory);
  if (identity === undefined) return false;
  await renew(identity, { directory, clock });
  return true;
}

/** What renewing on time asks. `renewed` is told the new identity, for the connections made from then on. */
export interface RenewalOptions {
  readonly identity: LinkIdentity;
  readonly directory: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly renewed: (identity: LinkIdentity) => void;
}

/** Timers reach no further than this, in milliseconds; then it is looked at again. */
const farthest = 10 * 24 * 3600_000;
const askFirst = 3;
const askEvery = 10;
const retry = { first: 60_000, limit: 6 * 3600_000, jitter: 0.2 };

/** Keeps the identity fresh. */
export interface Renewal extends Part {
  /**
   * The broker could not be reached `failures` times in a row: asks the hub where it is. From the third on, at most once
   * at a time; a hub that gave no answer is asked at the next failure, one that did after ten more.
   */
  unreachable(failures: number): void;
}

/** Renews the certificate at two thirds of its life, and tries again, ever more slowly, while the hub is away. */
export function createRenewal(options: RenewalOptions): Renewal {
  const { directory, clock, log } = options;
  let { identity } = options;
  let failures = 0;
  let cancel = (): void => {};
  let isStopped = false;
  let asking = false;
  let answeredAt: number | undefined;

  const schedule = (delay: number): void => {
    if (!isStopped) cancel = clock.after(Math.min(delay, farthest), () => void look());
  };
  const untilDue = (): number => renewalTime(new X509Certificate(identity.certificate)) - clock.now();
  const renewNow = async (): Promise<void> => {
    identity = await renew(identity, { directory, clock });
    failures = 0;
    log.info({ node: identity.node }, 'renewed the certificate of this node');
    options.renewed(identity);
  };
  const look = async (): Promise<void> => {
    if (untilDue() > 0) return schedule(untilDue());
    try {
      await renewNow();
      schedule(Math.max(untilDue(), retry.first));
    } catch (error) {
      failures += 1;
      log.warn(
        { error: error instanceof Error ? error.message : String(error) },
        'could not renew the certificate yet',
      );
      schedule(backoffDelay(retry, failures));
    }
  };
  return {
    name: 'certificate renewal',
    start: () => schedule(Math.max(untilDue(), 0)),
    unreachable(count) {
      if (count <= askFirst) answeredAt = undefined;
      const due = answeredAt === undefined ? askFirst : answeredAt + askEvery;
      if (asking || isStopped || count < due) return;
      asking = true;
      renewNow()
        .then(() => {
          answeredAt = count;
        })
        .catch((error: unknown) => log.debug({ error: String(error) }, 'could not ask the hub where its broker is'))
        .finally(() => {
          asking = false;
        });
    },
    stop() {
      isStopped = true;
      cancel();
    },
  };
}
