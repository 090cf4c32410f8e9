/** Expressions that pick devices, for objects that have some; what compiles them is loaded with the first. */
import { createRequire } from 'node:module';

type Compiler = typeof import('./selector-fault.ts');

/** Loads synchronously, because validation is. */
const require = createRequire(import.meta.url);

/** Why `expression` picks no devices; undefined when it does. */
export function selectorFault(expression: string): string | undefined {
  return (require('./selector-fault.ts') as Compiler).selectorFault(expression);
}
