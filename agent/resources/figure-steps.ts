/** Figures in steps: a value is told again only when it has left its step, so noise costs no message. Pure. */
import { sameJson } from '../../hub/api/same-json.ts';
import type { NetworkUsage, PodUsage, UsageMessage } from '../../hub/api/link.ts';

/** Stays at `before` until `value` is a whole step away, then moves to the step nearest to it. */
export function stepped(before: number | undefined, value: number, step: number): number {
  if (before !== undefined && Math.abs(value - before) < step) return before;
  return Number((Math.round(value / step) * step).toFixed(6));
}

/** Steps that grow with the value, a quarter of it each; below `floor` it is 0. For rates of traffic. */
export function scaled(before: number | undefined, value: number, floor: number): number {
  if (value < floor) return before !== undefined && before > 0 && value > floor / 2 ? before : 0;
  if (before !== undefined && before > 0 && Math.abs(value - before) < before / 4) return before;
  return Number(value.toPrecision(2));
}

const mebibyte = 2 ** 20;

/** `now` with every figure moved only by whole steps from `before`. */
export function inSteps(before: UsageMessage | undefined, now: UsageMessage): UsageMessage {
  const { memory, cpu, load, temperature, disks, networks, battery, link, pods, uptime, every } = now;
  const share = Math.max(mebibyte, (memory?.total ?? 0) / 100);
  return {
    time: now.time,
    ...(cpu === undefined ? {} : { cpu: stepped(before?.cpu, cpu, 0.05) }),
    ...(load === undefined
      ? {}
      : { load: [0, 1, 2].map((i) => stepped(before?.load?.[i], load[i] ?? 0, 0.25)) as [number, number, number] }),
    ...(temperature === undefined ? {} : { temperature: stepped(before?.temperature, temperature, 2) }),
    ...(memory === undefined ? {} : { memory: memorySteps(before?.memory, memory, share) }),
    ...(disks === undefined
      ? {}
      : {
          disks: disks.map((disk) => {
            const last = before?.disks?.find((each) => each.device === disk.device);
            return { ...disk, used: stepped(last?.used, disk.used, Math.max(16 * mebibyte, disk.size / 500)) };
          }),
        }),
    ...(networks === undefined ? {} : { networks: networks.map((network) => networkSteps(before, network)) }),
    ...(battery === undefined ? {} : { battery }),
    ...(link === undefined ? {} : { link: { ...link, roundTrip: scaled(before?.link?.roundTrip, link.roundTrip, 1) } }),
    ...(pods === undefined ? {} : { pods: pods.map((pod) => podSteps(before, pod)) }),
    ...(uptime === undefined ? {} : { uptime }),
    ...(every === undefined ? {} : { every }),
  };
}

type Memory = NonNullable<UsageMessage['memory']>;

function memorySteps(before: Memory | undefined, now: Memory, step: number): Memory {
  const used = stepped(before?.used, now.used, step);
  return { total: now.total, used, available: now.total - used };
}

function networkSteps(before: UsageMessage | undefined, { name, received, sent }: NetworkUsage): NetworkUsage {
  const last = before?.networks?.find((each) => each.name === name);
  return { name, received: scaled(last?.received, received, 1024), sent: scaled(last?.sent, sent, 1024) };
}

function podSteps(before: UsageMessage | undefined, pod: PodUsage): PodUsage {
  const last = before?.pods?.find((each) => each.uid === pod.uid);
  const containers = pod.containers.map(({ name, cpu, memory }) => {
    const was = last?.containers.find((each) => each.name === name);
    return { name, cpu: stepped(was?.cpu, cpu, 0.01), memory: stepped(was?.memory, memory, mebibyte) };
  });
  return { ...pod, containers };
}

/** What of `now` differs from what was told; undefined when nothing does. `uptime` alone is no news. */
export function changedFigures(told: UsageMessage | undefined, now: UsageMessage): UsageMessage | undefined {
  if (told === undefined) return now;
  const { time, uptime, ...figures } = now;
  const changed: Partial<UsageMessage> = {};
  for (const key of Object.keys(figures) as (keyof typeof figures)[])
    if (!sameJson(told[key], now[key])) Object.assign(changed, { [key]: now[key] });
  if (Object.keys(changed).length === 0) return undefined;
  return { time, ...(uptime === undefined ? {} : { uptime }), ...changed };
}
