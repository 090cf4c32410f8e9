/** What is to be said of a CustomResourceDefinition: whose names it has, and whether it is served. */
import {
  type CustomResourceDefinition,
  type DefinitionCondition,
  hasCondition,
  type ResourceNames,
} from '../../api/custom-resource.ts';
import { sameJson } from '../../api/same-json.ts';

/** A condition without the time it began. */
export type Said = Omit<DefinitionCondition, 'lastTransitionTime'>;

/** Names of the other resources of a group, by what they must not clash in. */
export interface TakenNames {
  /** Plurals, singulars and short names. */
  readonly resources: ReadonlySet<string>;
  /** Kinds and kinds of lists. */
  readonly kinds: ReadonlySet<string>;
}

interface Judged {
  readonly names: ResourceNames;
  readonly condition: Said;
}

const quoted = (name: string): string => JSON.stringify(name);

/** Which of the wanted names can be had; those that are taken stay what they were. */
export function judgeNames(definition: CustomResourceDefinition, taken: TakenNames): Judged {
  const wanted = definition.spec.names;
  const had = definition.status?.acceptedNames ?? { plural: '', kind: '' };
  const names: ResourceNames = { ...had };
  const refusals: { reason: string; message: string }[] = [];
  const refuse = (field: string, message: string): void => {
    refusals.push({ reason: `${field}Conflict`, message });
  };
  const single = (field: 'plural' | 'singular' | 'kind' | 'listKind', among: ReadonlySet<string>): void => {
    const name = wanted[field] ?? '';
    if (name !== had[field] && among.has(name)) {
      refuse(
        field === 'listKind' ? 'ListKind' : field.replace(/^./, (first) => first.toUpperCase()),
        `${quoted(name)} is already in use`,
      );
    } else if (name !== '') names[field] = name;
  };
  single('plural', taken.resources);
  single('singular', taken.resources);
  const short = wanted.shortNames ?? [];
  const clashes = short.filter((name) => taken.resources.has(name) && !had.shortNames?.includes(name));
  if (clashes.length > 0) refuse('ShortNames', clashes.map((name) => `${quoted(name)} is already in use`).join(', '));
  else if (wanted.shortNames === undefined) delete names.shortNames;
  else names.shortNames = short;
  single('kind', taken.kinds);
  single('listKind', taken.kinds);
  if (wanted.categories === undefined) delete names.categories;
  else names.categories = wanted.categories;
  const last = refusals.at(-1);
  const condition: Said =
    last === undefined
      ? { type: 'NamesAccepted', status: 'True', reason: 'NoConflicts', message: 'no conflicts found' }
      : { type: 'NamesAccepted', status: 'False', ...last };
  return { names, condition };
}

/** Whether a definition is served: once it was, it stays so. */
export function judgeEstablished(definition: CustomResourceDefinition, accepted: boolean): Said {
  if (hasCondition(definition, 'Established')) {
    const old = definition.status?.conditions?.find((one) => one.type === 'Established');
    if (old !== undefined) return old;
  }
  return accepted
    ? {
        type: 'Established',
        status: 'True',
        reason: 'InitialNamesAccepted',
        message: 'the initial names have been accepted',
      }
    : { type: 'Established', status: 'False', reason: 'NotAccepted', message: 'not all names are accepted' };
}

/** Puts a condition in its place; its time changes with its status. */
export function withCondition(
  conditions: readonly DefinitionCondition[],
  said: Said,
  now: string,
): DefinitionCondition[] {
  const old = conditions.find((one) => one.type === said.type);
  const { type, status, reason, message } = said;
  const lastTransitionTime = old?.status === status ? (old.lastTransitionTime ?? now) : now;
  const next: DefinitionCondition = {
    type,
    status,
    lastTransitionTime,
    ...(reason === undefined ? {} : { reason }),
    ...(message === undefined ? {} : { message }),
  };
  if (old === undefined) return [...conditions, next];
  return sameJson(old, next) ? [...conditions] : conditions.map((one) => (one === old ? next : one));
}
