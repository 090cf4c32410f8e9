/** What is wrong with what a container asks for. */
import type { ResourceRequirements } from '../../api/container.ts';
import { duplicate, type FieldError, forbiddenField, invalid, notFoundField, required } from '../../api/field-error.ts';
import { parseQuantity, quantityValue } from '../../api/quantity.ts';
import { containerResourceName, isExtended, isHugePages, resourceAmount } from '../resource-names.ts';

const overcommitted = (name: string): boolean => !isExtended(name) && !isHugePages(name);

function validateAmounts(amounts: Record<string, string>, path: string, errors: FieldError[]): void {
  for (const name in amounts) {
    const field = `${path}[${name}]`;
    containerResourceName(name, field, errors);
    resourceAmount(name, amounts[name] ?? '0', field, errors);
    wholePages(name, amounts[name] ?? '0', field, errors);
  }
}

/** API: huge pages are asked for as a whole number of them. */
function wholePages(name: string, amount: string, path: string, errors: FieldError[]): void {
  if (!isHugePages(name)) return;
  const page = parseQuantity(name.slice('hugepages-'.length)) ?? 0;
  if (page > 0 && Number.isInteger(page) && quantityValue(amount) % page === 0) return;
  errors.push(invalid(path, amount, `${amount} is not positive integer multiple of ${name}`));
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

function validateClaims(
  named: readonly { name: string }[],
  path: string,
  claims: ReadonlySet<string>,
  errors: FieldError[],
): void {
  const rest = claims.size === 0 ? ' which is empty' : `: ${[...claims].sort().join(', ')}`;
  named.forEach(({ name }, index) => {
    const at = `${path}[${index}]`;
    if (!name) {
      errors.push(required(at));
      return;
    }
    if (named.findIndex((other) => other.name === name) !== index) errors.push(duplicate(at, name));
    if (claims.has(name)) return;
    const { message, ...error } = notFoundField(at, name);
    errors.push({ ...error, message: `${message}: must be one of the names in pod.spec.resourceClaims${rest}` });
  });
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
    wholePages(name, requests[name] ?? '0', field, errors);
  }
  const names = [...Object.keys(limits), ...Object.keys(requests)];
  if (names.some(isHugePages) && !names.includes('cpu') && !names.includes('memory')) {
    errors.push(forbiddenField(path, 'HugePages require cpu or memory'));
  }
  validateClaims(resources.claims ?? [], `${path}.claims`, claims, errors);
}
