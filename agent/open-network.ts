/** Makes the network of a node whose Pods have addresses of their own. Part of the wiring, used by agent.ts. */
import { externalAddressAnnotation, linkAnnotation } from '../hub/api/node-network.ts';
import type { AgentSettings } from '../hub/base/agent-settings.ts';
import type { Clock } from '../hub/base/clock.ts';
import type { Part } from '../hub/base/lifecycle.ts';
import type { Log } from '../hub/base/log.ts';
import { filterBridgedPackets } from './network/bridged-packets.ts';
import { createCniNetwork } from './network/cni-network.ts';
import { cniDataDir, type NetworkTrouble } from './network/network.ts';
import { createMasquerade } from './network/masquerade/masquerade.ts';
import { createPodPolicies } from './network/policy/pod-policies.ts';
import { createFlowTable } from './network/conntrack.ts';
import { listSets, runNft } from './network/nft.ts';
import { createRulesetWatch } from './network/ruleset-watch.ts';
import { createServiceProxy } from './network/services/service-proxy.ts';
import type { SandboxObservation } from './runtime/sandbox.ts';
import { ipTool } from './network/routes/ip-tool.ts';
import { createNodeRoutes } from './network/routes/node-routes.ts';
import { createRouteWatch } from './network/routes/route-watch.ts';
import type { HeldObjects } from './state/held.ts';

/** Options of `openNetwork`. */
export interface OpenNetworkOptions {
  /** Name of this node. */
  readonly node: string;
  /** The agent's directory. */
  readonly dir: string;
  readonly settings: AgentSettings;
  readonly held: HeldObjects;
  /** What is held with static Pods in the place of their mirrors; asked for when the network is started. */
  readonly podsHeld: () => HeldObjects;
  /** The sandboxes there are now; rejects while the runtime cannot tell. */
  readonly sandboxes: () => Promise<readonly SandboxObservation[]>;
  readonly nodeAddresses: () => readonly string[];
  /** This node's addresses, looked for anew. */
  readonly lookForAddresses: () => Promise<readonly string[]>;
  /** What the node tells of its network is another thing now. */
  readonly changed: () => void;
  readonly clock: Clock;
  readonly log: Log;
}

/** What was made, not started yet. */
export interface OpenedNetwork {
  /** To be started in this order, after the runtime and before the first Pod. */
  readonly parts: readonly Part[];
  /** Why no Pod can have an address of its own now; undefined when it can. */
  trouble(): string | undefined;
  /** What is wrong with the network, for the condition NetworkUnavailable. */
  troubles(): readonly NetworkTrouble[];
  /** Whether the Service of this namespace/name leads somewhere from here. */
  serves(service: string): boolean;
  /** Resolves when a container of this Pod may start; rejects with RuntimeError. */
  guard(pod: string): Promise<void>;
}

/** What other nodes have to know of this one beside its addresses. */
export const networkAnnotations = ({ link, externalAddress }: AgentSettings): Record<string, string> => ({
  [linkAnnotation]: link,
  [externalAddressAnnotation]: externalAddress,
});

/** Makes it. */
export function openNetwork(options: OpenNetworkOptions): OpenedNetwork {
  const { node, dir, settings, held, sandboxes, nodeAddresses, changed, clock, log } = options;
  const routes = createNodeRoutes({
    ...{ node, held, clock, log, tool: ipTool, watch: createRouteWatch(clock), addresses: options.lookForAddresses },
    ...{ link: settings.link, externalAddress: settings.externalAddress },
    vxlan: { id: settings.vxlanId, port: settings.vxlanPort },
    changed() {
      pods.changed();
      changed();
    },
  });
  const pods = createCniNetwork({
    ...{ node, held, changed, clock, log },
    confDir: settings.cniConfDir,
    dataDir: cniDataDir(dir),
    addresses: async () => (await sandboxes()).flatMap(({ addresses }) => addresses),
    podMtu: () => routes.podMtu(),
  });
  const rules = createRulesetWatch({ run: runNft, clock, log });
  const services = createServiceProxy({
    ...{ node, held, sandboxes, rules, changed, clock, log },
    prepare: () => filterBridgedPackets(),
    listSets,
    flows: createFlowTable(log),
  });
  const policies = createPodPolicies({
    ...{ sandboxes, nodeAddresses, rules, changed, clock, log },
    held: options.podsHeld,
    prepare: () => filterBridgedPackets(),
  });
  const masquerade = createMasquerade({
    ...{ node, sandboxes, nodeAddresses, rules, changed, clock, log },
    held: options.podsHeld,
  });
  const troubles = [() => services.trouble(), () => policies.trouble(), () => masquerade.trouble()];
  return {
    parts: [routes, pods, rules, services, policies, masquerade],
    trouble: () => pods.trouble(),
    troubles: () =>
      [...routes.troubles(), ...troubles.map((tell) => tell())].filter((trouble) => trouble !== undefined),
    serves: (service) => services.serves(service),
    async guard(pod) {
      await policies.guard(pod);
      await services.placed(pod);
      await masquerade.open(pod);
    },
  };
}
