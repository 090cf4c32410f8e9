/** What a flow schema or priority level of the cluster's own lacks: pure. */
import type { FlowSchema, FlowSchemaCondition, PriorityLevelConfiguration } from '../../api/flow-control.ts';
import { autoUpdateAnnotation, mandatoryNames } from '../../api/flow-control-bootstrap.ts';
import { sameJson } from '../../api/same-json.ts';

type Kept = FlowSchema | PriorityLevelConfiguration;

/** The object as it is to be made. */
export function fresh<T extends Kept>(wanted: T): T {
  return { ...wanted, metadata: { ...wanted.metadata, annotations: { [autoUpdateAnnotation]: 'true' } } };
}

/** API: of a suggested object the annotation says who keeps its spec, and without one whether anybody ever changed it. */
function isOurs({ metadata }: Kept): boolean {
  if (mandatoryNames.has(metadata.name ?? '')) return true;
  const said = metadata.annotations?.[autoUpdateAnnotation];
  if (said === 'true' || said === 'false') return said === 'true';
  return (metadata.generation ?? 1) === 1;
}

/** API: the shares of the exempt level are its users' to choose. */
function isSame(stored: Kept, wanted: Kept): boolean {
  const isExempt = wanted.spec !== undefined && 'type' in wanted.spec && wanted.spec.type === 'Exempt';
  return isExempt ? stored.spec !== undefined : sameJson(stored.spec, wanted.spec);
}

/** Gives the stored object what it lacks, in place; false when it lacks nothing. */
export function repair(stored: Kept, wanted: Kept): boolean {
  const ours = isOurs(stored);
  const annotation = String(ours);
  const isAnnotated = stored.metadata.annotations?.[autoUpdateAnnotation] === annotation;
  if (isAnnotated && (!ours || isSame(stored, wanted))) return false;
  stored.metadata.annotations = { ...stored.metadata.annotations, [autoUpdateAnnotation]: annotation };
  if (ours && wanted.spec !== undefined && !isSame(stored, wanted)) stored.spec = structuredClone(wanted.spec);
  return true;
}

/** The condition that says whether a schema's level is there; undefined when it says so already. */
export function danglingCondition(schema: FlowSchema, isThere: boolean, now: string): FlowSchemaCondition | undefined {
  const name = JSON.stringify(schema.spec?.priorityLevelConfiguration.name ?? '');
  const about = `This FlowSchema references the PriorityLevelConfiguration object named ${name}`;
  const wanted = isThere
    ? { status: 'False', reason: 'Found', message: `${about} and it exists` }
    : { status: 'True', reason: 'NotFound', message: `${about} but there is no such object` };
  const old = schema.status?.conditions?.find(({ type }) => type === 'Dangling');
  if (old?.status === wanted.status && old.reason === wanted.reason && old.message === wanted.message) return undefined;
  const lastTransitionTime = old?.status === wanted.status ? (old.lastTransitionTime ?? now) : now;
  return { type: 'Dangling', ...wanted, lastTransitionTime };
}
