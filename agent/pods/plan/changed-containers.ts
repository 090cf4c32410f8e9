/** Containers whose words have changed under them: they end, and begin anew as they are meant now. Pure. */
import type { Case } from './case.ts';
import { graceOf, type Situation } from '../situation.ts';
import type { Step } from '../step.ts';

/** API: of a running Pod's containers only the image may change; it takes a restart. */
export function replaceChanged(situation: Situation, cases: readonly Case[]): Step[] {
  return cases.flatMap(({ container, role, known }): Step[] => {
    if (known.phase !== 'running' || role === 'ephemeral') return [];
    const { id, image } = known.checkpoint;
    if (image === undefined || image === (container.image ?? '')) return [];
    const why = `Container ${container.name} definition changed, will be restarted`;
    return [{ kind: 'stop', container: container.name, id, grace: graceOf(situation), why }];
  });
}
