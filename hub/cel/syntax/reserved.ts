/** Words no field or variable may be called by itself (CEL's language definition): those of its grammar, and those kept free. */

/** Kept free for later: nothing means them yet. */
export const reservedWords: ReadonlySet<string> = new Set([
  'as',
  'break',
  'const',
  'continue',
  'else',
  'for',
  'function',
  'if',
  'import',
  'let',
  'loop',
  'package',
  'namespace',
  'return',
  'var',
  'void',
  'while',
]);

/** Words that mean something. */
export const keywords: ReadonlySet<string> = new Set(['true', 'false', 'null', 'in']);
