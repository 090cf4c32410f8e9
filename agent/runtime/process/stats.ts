/** What host processes use: from their control groups, else summed over their sessions in one walk of /proc. */
import type { Cgroup } from './cgroup.ts';
import type { ContainerRecord } from './record.ts';
import { residentMemory, sessionMembers } from './table.ts';
import type { ContainerUsage } from '../container.ts';

/** One running container; `session` is unknown until its process has told. */
export interface Measured {
  readonly record: ContainerRecord;
  readonly session: number | undefined;
  readonly cgroup: Cgroup | undefined;
}

/** Measures now; without control groups pages shared between processes count for each. */
export async function measureProcesses(containers: readonly Measured[]): Promise<ContainerUsage[]> {
  const found: ContainerUsage[] = [];
  const bySession = new Map<number, { record: ContainerRecord; cpu: number; memory: number }>();
  for (const { record, session, cgroup } of containers) {
    const usage = await cgroup?.usage();
    if (usage !== undefined) found.push(usageOf(record, usage.cpu, usage.memory));
    else if (session !== undefined) bySession.set(session, { record, cpu: 0, memory: 0 });
  }
  for (const member of await sessionMembers(new Set(bySession.keys()))) {
    const sum = bySession.get(member.session);
    if (sum === undefined) continue;
    sum.cpu += member.cpu;
    sum.memory += await residentMemory(member.pid);
  }
  return [...found, ...[...bySession.values()].map(({ record, cpu, memory }) => usageOf(record, cpu, memory))];
}

function usageOf({ id, pod, name }: ContainerRecord, cpu: number, memory: number): ContainerUsage {
  return { id, pod, name, cpu, memory };
}
