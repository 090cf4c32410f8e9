/** How addons and their arguments are written on the command line. Pure. */
import type { AddonDefinition } from '../../hub/api/addon.ts';

/** An addon and what it is told. A value without a name is meant for the first parameter. */
export interface AddonWord {
  readonly name: string;
  readonly named: Readonly<Record<string, string>>;
  readonly first?: string;
}

/** Reads `NAME`, `NAME:value` or `NAME:key=value,key2=value2`; a comma before no `key=` belongs to the value. */
export function readAddonWord(word: string): AddonWord {
  const colon = word.indexOf(':');
  if (colon < 0) return { name: word, named: {} };
  const named: Record<string, string> = {};
  let first: string | undefined;
  for (const part of word.slice(colon + 1).split(/,(?=[A-Za-z][A-Za-z0-9-]*=)/)) {
    const pair = readPair(part);
    if (pair === undefined) first = part;
    else named[pair[0]] = pair[1];
  }
  return { name: word.slice(0, colon), named, ...(first === undefined || first === '' ? {} : { first }) };
}

/** Reads `key=value`; undefined for what is none. */
export function readPair(text: string): [string, string] | undefined {
  const match = /^([A-Za-z][A-Za-z0-9-]*)=(.*)$/s.exec(text);
  return match === null ? undefined : [match[1] ?? '', match[2] ?? ''];
}

/** The arguments by name, or one sentence on why there is no place for a value. */
export function namedArguments(
  definition: AddonDefinition,
  word: AddonWord,
  set: Readonly<Record<string, string>>,
): { values: Record<string, string> } | { problem: string } {
  const { first } = word;
  if (first === undefined) return { values: { ...word.named, ...set } };
  const parameter = definition.parameters[0];
  if (parameter === undefined)
    return { problem: `addon ${definition.name} takes no arguments, and was told "${first}"` };
  return { values: { [parameter.name]: first, ...word.named, ...set } };
}
