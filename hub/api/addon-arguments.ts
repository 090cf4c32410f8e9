/** What a user told an addon against what it can be told. Pure. */
import type { AddonDefinition, AddonParameter } from './addon.ts';

/** The longest value, in characters. */
const longest = 4096;

/** The value of every parameter, or one sentence on what is wrong. */
export function argumentsOf(
  definition: AddonDefinition,
  given: Readonly<Record<string, string>>,
): { values: ReadonlyMap<string, string> } | { problem: string } {
  const known = definition.parameters.map(({ name }) => name);
  const unknown = Object.keys(given).find((name) => !known.includes(name));
  if (unknown !== undefined) {
    const there = known.length === 0 ? 'it has none' : `there are: ${known.join(', ')}`;
    return { problem: `addon ${definition.name} has no parameter "${unknown}"; ${there}` };
  }
  const values = new Map<string, string>();
  for (const parameter of definition.parameters) {
    const { name, required } = parameter;
    const value = Object.hasOwn(given, name) ? given[name] : undefined;
    if (value === undefined && required)
      return { problem: `parameter "${name}" of addon ${definition.name} is needed: ${parameter.description}` };
    if (value !== undefined && value.length > longest) return { problem: `parameter "${name}" is too long` };
    const wrong = value === undefined ? undefined : wrongValue(parameter, value);
    if (wrong !== undefined) return { problem: `parameter "${name}" of addon ${definition.name} ${wrong}` };
    values.set(name, value ?? parameter.default ?? '');
  }
  return { values };
}

/** Why a parameter cannot have `value`; undefined when it can. */
export function wrongValue(parameter: AddonParameter, value: string): string | undefined {
  if (parameter.enum !== undefined && !parameter.enum.includes(value))
    return `is "${value}", and must be one of ${parameter.enum.join(', ')}`;
  if (parameter.pattern !== undefined && !new RegExp(`^(?:${parameter.pattern})$`).test(value))
    return `is "${value}", which does not match ${parameter.pattern}`;
  return undefined;
}
