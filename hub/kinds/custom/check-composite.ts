/** Checks of alternatives: anyOf, oneOf, allOf, not. */
import type { JsonSchema } from '../../api/custom-resource.ts';
import { type Check, Findings } from './findings.ts';

function tried(check: Check, value: unknown, path: string): Findings {
  const found = new Findings();
  check(value, undefined, path, found);
  return found;
}

function better(best: Findings | undefined, next: Findings): Findings {
  return best === undefined || next.matches > best.matches ? next : best;
}

function anyOf(checks: readonly Check[]): Check {
  return (value, _old, path, found) => {
    let best: Findings | undefined;
    for (const check of checks) {
      const result = tried(check, value, path);
      if (result.errors.length === 0) return;
      best = better(best, result);
    }
    found.whole(`"${path}" must validate at least one schema (anyOf)`);
    if (best !== undefined) found.merge(best);
  };
}

function oneOf(checks: readonly Check[]): Check {
  return (value, _old, path, found) => {
    let best: Findings | undefined;
    let valid = 0;
    for (const check of checks) {
      const result = tried(check, value, path);
      if (result.errors.length === 0) valid += 1;
      else best = better(best, result);
    }
    if (valid === 1) return;
    const how = valid === 0 ? 'Found none valid' : `Found ${valid} valid alternatives`;
    found.whole(`"${path}" must validate one and only one schema (oneOf). ${how}`);
    if (valid === 0 && best !== undefined) found.merge(best);
  };
}

function allOf(checks: readonly Check[]): Check {
  return (value, _old, path, found) => {
    let valid = 0;
    for (const check of checks) {
      const result = tried(check, value, path);
      if (result.errors.length === 0) valid += 1;
      found.merge(result);
    }
    if (valid === checks.length) return;
    found.whole(`"${path}" must validate all the schemas (allOf)${valid === 0 ? '. None validated' : ''}`);
  };
}

function not(check: Check): Check {
  return (value, _old, path, found) => {
    if (tried(check, value, path).errors.length === 0) found.whole(`"${path}" must not validate the schema (not)`);
  };
}

/** The checks of a schema's alternatives; `checkOf` makes those of each. */
export function compositeChecks(schema: JsonSchema, checkOf: (schema: JsonSchema) => Check): Check[] {
  const checks: Check[] = [];
  if (schema.anyOf?.length) checks.push(anyOf(schema.anyOf.map(checkOf)));
  if (schema.oneOf?.length) checks.push(oneOf(schema.oneOf.map(checkOf)));
  if (schema.allOf?.length) checks.push(allOf(schema.allOf.map(checkOf)));
  if (schema.not !== undefined) checks.push(not(checkOf(schema.not)));
  return checks;
}
