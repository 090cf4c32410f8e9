/** What running containers use, as the runtime measures it. */
import type { ContainerUsage } from '../container.ts';
import { isLate, isUnavailable } from './cri-error.ts';
import type { CriContext } from './context.ts';
import { madeBy } from './labels.ts';

/** Milliseconds: figures that come later are of no use. */
const patience = 20_000;

/** Of each container that runs, by one call whatever their number; nothing while the runtime is away: the node has other figures. */
export async function containerStats({ connection, known, agent }: CriContext): Promise<readonly ContainerUsage[]> {
  const filter = { labelSelector: madeBy(agent) };
  const { stats } = await connection
    .call('ListContainerStats', { filter }, { timeout: patience })
    .catch((error: unknown) => {
      if (isUnavailable(error) || isLate(error)) return { stats: [] };
      throw error;
    });
  return stats.flatMap(({ attributes, cpu, memory, writableLayer }) => {
    const observation = known.byCriId(attributes?.id ?? '')?.observation;
    const nanoseconds = cpu?.usageCoreNanoSeconds?.value;
    const bytes = memory?.workingSetBytes?.value;
    if (observation?.state !== 'running' || nanoseconds === undefined || bytes === undefined) return [];
    const disk = writableLayer?.usedBytes?.value;
    const { id, pod, name } = observation;
    return [{ id, pod, name, cpu: nanoseconds / 1e9, memory: bytes, ...(disk === undefined ? {} : { disk }) }];
  });
}
