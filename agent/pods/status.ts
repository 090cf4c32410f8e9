/** A Pod's status as a kubelet writes it, from a situation. Pure. */
import { timestamp } from '../../hub/api/object.ts';
import type { PodStatus } from '../../hub/api/pod.ts';
import { podConditions } from './conditions.ts';
import { containerStatus } from './container-status.ts';
import { podPhase } from './phase.ts';
import type { Situation } from './situation.ts';

/** What is the node's own. */
export interface NodeIdentity {
  /** Addresses of the node, the main one first. */
  readonly addresses: readonly string[];
}

/** The status. `before` is the last one this agent reported; times of conditions go on from there, else from the hub's. */
export function podStatus(situation: Situation, node: NodeIdentity, before: PodStatus | undefined): PodStatus {
  const { pod, checkpoint, now } = situation;
  const init = (pod.spec.initContainers ?? []).map((each) => containerStatus(situation, each, 'init'));
  const main = pod.spec.containers.map((each) => containerStatus(situation, each, 'main'));
  const { failed } = checkpoint;
  const phase = failed !== undefined ? 'Failed' : podPhase(pod, init, main);
  const sandbox = situation.observed.sandboxes.find((each) => each.ready);
  const addresses = pod.spec.hostNetwork === true ? node.addresses : (sandbox?.addresses ?? []);
  const generation = pod.metadata.generation;
  const conditions = podConditions({
    pod,
    phase,
    init,
    main,
    sandbox: sandbox !== undefined,
    disruption: failed?.disruption,
    before: before?.conditions ?? pod.status?.conditions ?? [],
    now,
  });
  return {
    conditions,
    containerStatuses: main,
    ...(init.length === 0 ? {} : { initContainerStatuses: init }),
    ...addressFields(node.addresses, addresses),
    ...(failed === undefined ? {} : { reason: failed.reason, message: failed.message }),
    ...(generation === undefined ? {} : { observedGeneration: generation }),
    phase,
    ...(pod.status?.qosClass === undefined ? {} : { qosClass: pod.status.qosClass }),
    startTime: timestamp(checkpoint.startTime),
  };
}

function addressFields(host: readonly string[], pod: readonly string[]): PodStatus {
  const fields: PodStatus = {};
  if (host[0] !== undefined) Object.assign(fields, { hostIP: host[0], hostIPs: host.map((ip) => ({ ip })) });
  if (pod[0] !== undefined) Object.assign(fields, { podIP: pod[0], podIPs: pod.map((ip) => ({ ip })) });
  return fields;
}
