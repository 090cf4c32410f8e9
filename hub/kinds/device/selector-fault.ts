/** Expressions that pick devices: why one cannot be used. */
import { CompilationError, Environment } from '../../cel/environment.ts';
import { bool, dyn, isDyn, isSimple, mapOf, quantity, string, type Type, typeText } from '../../cel/types/type.ts';

const most = 64;
const bounded = (type: Type): Type => ({ ...type, most });
const attributes = bounded(mapOf(bounded(string), bounded(mapOf(bounded(string), dyn))));
const capacity = bounded(mapOf(bounded(string), bounded(mapOf(bounded(string), quantity))));

/** API: this much of a device is known to expressions. */
const device: Type = {
  is: 'object',
  name: 'kubernetes.DRADevice',
  fields: new Map([
    ['driver', bounded(string)],
    ['attributes', attributes],
    ['capacity', capacity],
    ['allowMultipleAllocations', bool],
  ]),
};

const environment = new Environment({ variables: new Map([['device', device]]) });

/** Why `expression` picks no devices; undefined when it does. */
export function selectorFault(expression: string): string | undefined {
  try {
    const { result } = environment.compile(expression);
    if (isSimple(result, 'bool') || isDyn(result)) return undefined;
    return `must evaluate to bool or the unknown type, not ${typeText(result)}`;
  } catch (error) {
    if (!(error instanceof CompilationError)) throw error;
    return `compilation failed: ${error.message}`;
  }
}
