/**
 * The cluster's DNS on this node: answers at the Service's address from what the node holds, hub or no hub.
 *
 * INVARIANTS: one listener at a time, at the address the held Service says; the interface stays when the agent stops, as
 * Pods do, so that nothing of theirs has to be found anew; a failure is told and tried again.
 */
import type { Service } from '../../hub/api/service.ts';
import type { Clock } from '../../hub/base/clock.ts';
import type { Log } from '../../hub/base/log.ts';
import { WorkQueue } from '../../hub/base/work-queue.ts';
import type { HeldChange, HeldObjects } from '../state/held.ts';
import { dnsAddress, dnsServiceKey, type NodeDnsServer, nodeLocalAddress } from './dns.ts';
import { watchFile } from './file-watch.ts';
import { Forwarder } from './forwarder.ts';
import { holdAddress, type RunIp, releaseAddress, runIp } from './link.ts';
import { type Listener, listen } from './listen.ts';
import { createResponder } from './responder.ts';
import { type UpstreamPlace, upstreamPlace } from './upstream.ts';
import { Zone } from './zone.ts';

/** Options of `createNodeDns`. */
export interface NodeDnsOptions {
  readonly held: HeldObjects;
  /** The cluster's domain. */
  readonly domain: string;
  /** How long answers about the cluster may be kept, in seconds. */
  readonly ttl: number;
  /** Who is asked for all other names; empty: those of the node's resolv.conf. */
  readonly upstreams: readonly string[];
  /** The servers the node's resolv.conf names now. */
  readonly nodeServers: () => Promise<readonly string[]>;
  readonly resolvConf: string;
  /** The agent's directory: marks the interface as this agent's. */
  readonly owner: string;
  /** What `trouble` says is another thing now. */
  readonly changed: (trouble: string | undefined) => void;
  readonly clock: Clock;
  readonly log: Log;
  readonly ip?: RunIp;
  /** 53 unless said. */
  readonly port?: number;
}

const usualPort = 53;
const [listening, upstreaming] = ['listener', 'upstreams'];

/** Makes the server. */
export function createNodeDns(options: NodeDnsOptions): NodeDnsServer {
  const { held, log, clock, owner, ip = runIp, port = usualPort } = options;
  const zone = new Zone(options);
  const forwarder = new Forwarder({ clock, log });
  const respond = createResponder({ names: zone, forwarder, log });
  let listener: Listener | undefined;
  let trouble: string | undefined;
  let releases: (() => void)[] = [];
  const queue = new WorkQueue({
    name: 'dns',
    handle: (key) => (key === listening ? follow() : renew()),
    clock,
    log,
    backoff: { first: 1000, limit: 30_000 },
  });

  const service = (): Service | undefined => held.get(dnsServiceKey) as Service | undefined;
  const wanted = (): string | undefined => nodeLocalAddress(service());

  function tell(next: string | undefined): void {
    if (next === trouble) return;
    trouble = next;
    options.changed(next);
  }

  async function follow(): Promise<undefined> {
    const address = wanted();
    if (address === zone.server && (address === undefined) === (listener === undefined)) return undefined;
    await listener?.close();
    listener = undefined;
    zone.server = undefined;
    try {
      if (address === undefined) await releaseAddress({ owner, run: ip });
      else {
        await holdAddress({ owner, address, run: ip });
        listener = await listen({ address, port, respond });
        zone.server = address;
        log.info({ address, port }, 'DNS answers');
      }
      tell(undefined);
    } catch (error) {
      tell(`DNS cannot answer at ${address}:${port}: ${reason(error)}`);
      throw error;
    }
    queue.add(upstreaming);
    return undefined;
  }

  async function renew(): Promise<undefined> {
    const texts = options.upstreams.length > 0 ? options.upstreams : await options.nodeServers();
    const places = texts.flatMap((text) => upstreamPlace(text) ?? []);
    // asking ourselves would go round until it times out
    const isSelf = (place: UpstreamPlace): boolean => place.address === wanted() && place.port === port;
    if (places.some(isSelf)) log.warn({ upstreams: texts }, "a DNS upstream is this node's own DNS and is not asked");
    forwarder.use(places.filter((place) => !isSelf(place)));
    return undefined;
  }

  function take(change: HeldChange): void {
    zone.update(change);
    if (wanted() !== zone.server) queue.add(listening);
  }

  return {
    name: 'dns',
    async start() {
      releases = [held.subscribe(take)];
      if (options.upstreams.length === 0)
        releases.push(watchFile(options.resolvConf, () => queue.add(upstreaming), clock));
      queue.add(upstreaming);
      queue.add(listening);
      await queue.settled();
    },
    async stop() {
      for (const release of releases) release();
      await queue.stop();
      await listener?.close();
      forwarder.stop();
    },
    address: () => dnsAddress(service()),
    trouble: () => trouble,
  };
}

function reason(error: unknown): string {
  const { code, message = String(error) } = error as NodeJS.ErrnoException;
  if (code === 'EADDRINUSE') return 'another program has the port';
  if (code === 'EACCES') return 'only root may have the port';
  return message;
}
