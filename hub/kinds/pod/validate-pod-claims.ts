/** What is wrong with the claims of devices a Pod names. */
import { duplicate, type FieldError, invalid, required } from '../../api/field-error.ts';
import { isDns1123Label, isDns1123Subdomain } from '../../api/names.ts';
import { named } from '../field-checks.ts';

/** core.v1.PodResourceClaim. */
interface PodClaim {
  readonly name?: string;
  readonly resourceClaimName?: string;
  readonly resourceClaimTemplateName?: string;
}

const sources = ['resourceClaimName', 'resourceClaimTemplateName'] as const;

/** The claims at `path`. Answers their names. */
export function validatePodClaims(
  claims: readonly object[] | undefined,
  path: string,
  errors: FieldError[],
): Set<string> {
  const names = new Set<string>();
  (claims as readonly PodClaim[] | undefined)?.forEach((claim, index) => {
    const at = `${path}[${index}]`;
    const { name = '' } = claim;
    if (name === '') errors.push(required(`${at}.name`));
    else if (names.has(name)) errors.push(duplicate(`${at}.name`, name));
    else named(isDns1123Label, name, `${at}.name`, errors);
    if (name !== '') names.add(name);
    const given = sources.filter((source) => claim[source] !== undefined);
    if (given.length > 1) {
      const why = 'at most one of `resourceClaimName` or `resourceClaimTemplateName` may be specified';
      errors.push(invalid(at, claim, why));
    }
    if (given.length === 0) {
      errors.push(invalid(at, claim, 'must specify one of: `resourceClaimName`, `resourceClaimTemplateName`'));
    }
    for (const source of given) named(isDns1123Subdomain, claim[source] ?? '', `${at}.${source}`, errors);
  });
  return names;
}
