/** Conflicts of an apply: fields it changes that belong to somebody else, in Kubernetes' words. */
import { ApiError } from '../../api/errors.ts';
import type { ManagedFieldsEntry } from '../../api/object.ts';
import { difference, type FieldSet } from './field-set.ts';
import { printedPath } from './field-path.ts';
import { sharedPaths } from './shared-paths.ts';

/** What one other manager would lose. */
export interface Conflict {
  readonly entry: ManagedFieldsEntry;
  readonly fields: FieldSet;
}

/** A manager as conflicts print it. */
function printed(entry: ManagedFieldsEntry): string {
  const subresource =
    entry.subresource === undefined || entry.subresource === ''
      ? ''
      : ` with subresource ${JSON.stringify(entry.subresource)}`;
  const version = entry.operation === 'Update' ? ` using ${entry.apiVersion}` : '';
  return `${JSON.stringify(entry.manager)}${subresource}${version}`;
}

/** Conflicts that stay when these fields may be taken. */
export function conflictsBeyond(conflicts: readonly Conflict[], allowed: FieldSet): Conflict[] {
  const left: Conflict[] = [];
  for (const { entry, fields } of conflicts) {
    const rest = difference(fields, allowed);
    if (rest !== undefined) left.push({ entry, fields: rest });
  }
  return left;
}

/** 409 that names every field and its manager. */
export function conflictError(conflicts: readonly Conflict[]): ApiError {
  const byManager = [...conflicts].sort((a, b) => (printed(a.entry) < printed(b.entry) ? -1 : 1));
  const lost: { manager: string; path: string }[] = [];
  for (const { entry, fields } of byManager) {
    for (const steps of sharedPaths(fields)) lost.push({ manager: printed(entry), path: printedPath(steps) });
  }
  const causes = lost.map(({ manager, path }) => ({
    reason: 'FieldManagerConflict',
    message: `conflict with ${manager}`,
    field: path,
  }));
  return new ApiError('Conflict', conflictText(lost), { details: { causes } });
}

function conflictText(lost: readonly { manager: string; path: string }[]): string {
  const [first, ...others] = lost;
  if (first !== undefined && others.length === 0) {
    return `Apply failed with 1 conflict: conflict with ${first.manager}: ${first.path}`;
  }
  const lines: string[] = [];
  let manager = '';
  for (const one of lost) {
    if (one.manager !== manager) lines.push(`conflicts with ${one.manager}:`);
    manager = one.manager;
    lines.push(`- ${one.path}`);
  }
  return `Apply failed with ${lost.length} conflicts: ${lines.join('\n')}`;
}
