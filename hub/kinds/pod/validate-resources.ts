/** What is wrong with what a container asks for. */
import type { ResourceRequirements } from '../../api/container.ts';
import { type FieldError, forbiddenField, invalid, notFoundField, required } from '../../api/field-error.ts';
import { parseQuantity } from '../../api/quantity.ts';
import { containerResourceName, isExtended, isHugePages, resourceAmount } from '../resource-names.ts';

const overcommitted = (name: string): boolean => !isExtended(name) && !isHugePages(name);

function validateAmounts(amounts: Record<string, string>, path: string, errors: FieldError[]): void {
  for (const name in amounts) {
    const field = `${path}[${name}]`;
    containerResourceName(name, field, errors);
    resourceAmount(name, amounts[name] ?? '0', field, errors);
  }
}

function validateRequest(
  name: string,
  request: string,
  limit: string | undefined,
  path: string,
  errors: FieldError[],
): void {
  if (limit === undefined) {
    if (!overcommitted(name)) {
      errors.push(required(`${path}.limits`, 'Limit must be set for non overcommitable resources'));
    }
    return;
  }
  const wanted = parseQuantity(request) ?? 0;
  const most = parseQuantity(limit) ?? 0;
  if (wanted !== most && !overcommitted(name)) {
    errors.push(invalid(`${path}.requests`, request, `must be equal to ${name} limit of ${limit}`));
  } else if (wanted > most) {
    errors.push(invalid(`${path}.requests`, request, `must be less than or equal to ${name} limit of ${limit}`));
  }
}

/** Requests, limits and claims at `path`. `claims`: names of the Pod's resource claims. */
export function validateResources(
  resources: ResourceRequirements | undefined,
  path: string,
  claims: ReadonlySet<string>,
  errors: FieldError[],
): void {
  if (resources === undefined) return;
  const { limits = {}, requests = {} } = resources;
  validateAmounts(limits, `${path}.limits`, errors);
  for (const name in requests) {
    const field = `${path}.requests[${name}]`;
    containerResourceName(name, field, errors);
    resourceAmount(name, requests[name] ?? '0', field, errors);
    validateRequest(name, requests[name] ?? '0', limits[name], path, errors);
  }
  const names = [...Object.keys(limits), ...Object.keys(requests)];
  if (names.some(isHugePages) && !names.includes('cpu') && !names.includes('memory')) {
    errors.push(forbiddenField(path, 'HugePages require cpu or memory'));
  }
  resources.claims?.forEach((claim, index) => {
    if (!claim.name) errors.push(required(`${path}.claims[${index}]`));
    else if (!claims.has(claim.name)) errors.push(notFoundField(`${path}.claims[${index}]`, claim.name));
  });
}
