/** What expressions that make patches may use besides: names within JSON pointers, and the types of patches. */
import { dyn, string, type Type } from '../types/type.ts';
import { type Library, type Overload, perCharacter, plain, type Range, reads, times } from './overload.ts';

const escaped = ([size = { min: 0, max: 0 }]: readonly Range[]): ReturnType<NonNullable<Overload['estimate']>> => ({
  cost: times(size, perCharacter),
  // an escaped character takes two
  size: { min: size.min, max: size.max * 2 },
});

/** `jsonpatch.escapeKey`. */
export const patchFunctions: Library = new Map([
  [
    'jsonpatch.escapeKey',
    [
      plain([string], string, (key) => (key as string).replaceAll('~', '~0').replaceAll('/', '~1'), {
        ...reads(0),
        estimate: escaped,
      }),
    ],
  ],
]);

/** The type of a step of a JSON patch. */
const jsonPatchType: Type = {
  is: 'object',
  name: 'JSONPatch',
  fields: new Map([
    ['op', string],
    ['path', string],
    ['from', string],
    ['value', dyn],
  ]),
};

/** The type of `Object{…}`: of any object, with any fields. */
const wholeObjectType: Type = { is: 'object', name: 'Object', fields: new Map(), open: true };

/** The types such expressions construct. */
export function patchType(name: string): Type | undefined {
  if (name === 'JSONPatch') return jsonPatchType;
  if (name === 'Object') return wholeObjectType;
  return name.startsWith('Object.') ? { is: 'object', name, fields: new Map(), open: true } : undefined;
}
