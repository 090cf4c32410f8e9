/** The names of a custom kind. */
import type { ResourceNames } from '../../../api/custom-resource.ts';
import { type FieldError, invalid, required } from '../../../api/field-error.ts';
import { isDns1035Label } from '../../../api/names.ts';

const mixed = 'may have mixed case, but should otherwise match: ';

function label(name: string | undefined, path: string, errors: FieldError[], kind = false): void {
  if (!name) return;
  const problems = isDns1035Label(kind ? name.toLowerCase() : name);
  if (problems.length > 0) errors.push(invalid(path, name, `${kind ? mixed : ''}${problems.join(',')}`));
}

/** What is wrong with names; those that are accepted may be missing, those that are wanted may not. */
export function validateNames(
  names: ResourceNames | undefined,
  path: string,
  errors: FieldError[],
  wanted = false,
): void {
  const fields = ['plural', 'singular', 'kind', 'listKind'] as const;
  if (wanted) for (const field of fields) if (!names?.[field]) errors.push(required(`${path}.${field}`));
  if (names === undefined) return;
  label(names.plural, `${path}.plural`, errors);
  label(names.singular, `${path}.singular`, errors);
  label(names.kind, `${path}.kind`, errors, true);
  label(names.listKind, `${path}.listKind`, errors, true);
  names.shortNames?.forEach((name, index) => {
    strict(name, `${path}.shortNames[${index}]`, errors);
  });
  if (names.kind && names.kind === names.listKind) {
    errors.push(invalid(`${path}.listKind`, names.listKind, 'kind and listKind may not be the same'));
  }
  names.categories?.forEach((name, index) => {
    strict(name, `${path}.categories[${index}]`, errors);
  });
}

function strict(name: string, path: string, errors: FieldError[]): void {
  const problems = isDns1035Label(name);
  if (problems.length > 0) errors.push(invalid(path, name, problems.join(',')));
}
