/** Makes the node's DNS and its voice. Part of the wiring, used by agent.ts. */
import { randomBytes } from 'node:crypto';
import type { EventReport } from '../hub/api/link.ts';
import { microTimestamp } from '../hub/api/object.ts';
import type { AgentSettings } from '../hub/base/agent-settings.ts';
import type { Clock } from '../hub/base/clock.ts';
import type { Log } from '../hub/base/log.ts';
import type { NodeDnsServer } from './dns/dns.ts';
import { createNodeDns } from './dns/node-dns.ts';
import { readResolver } from './resources/resolv-conf.ts';
import type { HeldObjects } from './state/held.ts';

/** Options of `openDns`. */
export interface OpenDnsOptions {
  readonly node: string;
  readonly settings: AgentSettings;
  /** The agent's directory. */
  readonly dir: string;
  readonly held: HeldObjects;
  readonly reportEvent: (event: EventReport) => void;
  readonly clock: Clock;
  readonly log: Log;
}

/** Makes it. What it cannot do shows as an event of the Node. */
export function openDns({ node, settings, dir, held, reportEvent, clock, log }: OpenDnsOptions): NodeDnsServer {
  const say = (type: EventReport['type'], reason: string, message: string): void => {
    const now = microTimestamp(clock.now());
    reportEvent({
      namespace: 'default',
      name: `${node}.${randomBytes(8).toString('hex')}`,
      regarding: { kind: 'Node', name: node, apiVersion: 'v1' },
      ...{ type, reason, message, component: 'coracle-dns', first: now, last: now, count: 1 },
    });
  };
  return createNodeDns({
    ...{ held, domain: settings.clusterDomain, ttl: settings.dnsTtl, upstreams: settings.dnsUpstreams },
    nodeServers: async () => (await readResolver()).servers,
    resolvConf: '/etc/resolv.conf',
    owner: dir,
    changed(trouble) {
      if (trouble === undefined) say('Normal', 'DNSReady', 'the DNS of this node answers');
      else say('Warning', 'DNSUnavailable', trouble);
    },
    clock,
    log,
  });
}
