/** The conditions of a Node as its kubelet would write them. Pure. */
import type { NodeCondition } from '../../hub/api/node.ts';
import { timestamp } from '../../hub/api/object.ts';
import type { Pressure } from '../eviction/signal.ts';
import type { NetworkTrouble } from '../network/network.ts';

/** What the conditions follow from. */
export interface ConditionInput {
  /** What the node is short of. */
  readonly pressures: ReadonlySet<Pressure>;
  /** Why the node is not ready; undefined when it is. */
  readonly unready: string | undefined;
  /** What is wrong with the network of Pods; unset on a node without one. */
  readonly network?: readonly NetworkTrouble[];
  /** The conditions told before: their times go on. */
  readonly before: readonly NodeCondition[] | undefined;
  /** Unix milliseconds. */
  readonly now: number;
}

interface Words {
  readonly reason: string;
  readonly message: string;
}

/** Each pressure's words when it is there, and when it is not. */
const words: Readonly<Record<Pressure, readonly [Words, Words]>> = {
  MemoryPressure: [
    { reason: 'KubeletHasInsufficientMemory', message: 'kubelet has insufficient memory available' },
    { reason: 'KubeletHasSufficientMemory', message: 'kubelet has sufficient memory available' },
  ],
  DiskPressure: [
    { reason: 'KubeletHasDiskPressure', message: 'kubelet has disk pressure' },
    { reason: 'KubeletHasNoDiskPressure', message: 'kubelet has no disk pressure' },
  ],
  PIDPressure: [
    { reason: 'KubeletHasInsufficientPID', message: 'kubelet has insufficient PID available' },
    { reason: 'KubeletHasSufficientPID', message: 'kubelet has sufficient PID available' },
  ],
};

/** The conditions: NetworkUnavailable where there is a network, the pressures, Ready. */
export function nodeConditions(input: ConditionInput): NodeCondition[] {
  const { unready } = input;
  const pressures = Object.entries(words).map(([type, [short, enough]]) => {
    const isShort = input.pressures.has(type as Pressure);
    return condition(input, type, isShort, isShort ? short : enough);
  });
  const ready =
    unready === undefined
      ? { reason: 'KubeletReady', message: 'kubelet is posting ready status' }
      : { reason: 'KubeletNotReady', message: unready };
  return [...networkCondition(input), ...pressures, condition(input, 'Ready', unready === undefined, ready)];
}

function networkCondition(input: ConditionInput): NodeCondition[] {
  const { network } = input;
  if (network === undefined) return [];
  const unavailable = network.filter(({ partial }) => partial !== true);
  const [worst = { reason: 'NetworkReady', message: 'the network of Pods is set up' }] = [...unavailable, ...network];
  const message = network.length > 1 ? network.map((trouble) => trouble.message).join('; ') : worst.message;
  return [condition(input, 'NetworkUnavailable', unavailable.length > 0, { reason: worst.reason, message })];
}

/** The heartbeat moves only with the condition: the link itself shows that the node lives. */
function condition(input: ConditionInput, type: string, isTrue: boolean, { reason, message }: Words): NodeCondition {
  const status = isTrue ? 'True' : 'False';
  const before = input.before?.find((each) => each.type === type);
  if (before !== undefined && before.status === status && before.reason === reason && before.message === message)
    return before;
  const now = timestamp(input.now);
  const since = before?.status === status ? (before.lastTransitionTime ?? now) : now;
  return { lastHeartbeatTime: now, lastTransitionTime: since, message, reason, status, type };
}
