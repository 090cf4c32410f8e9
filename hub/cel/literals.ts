/** Texts that are written into an expression and could never be read: told when it is compiled, as cel-go does. */
import type { Checked } from './check.ts';
import { readDuration, readTimestamp } from './library/time.ts';
import { Regexp, RegexpFault } from './regexp/regexp.ts';
import type { Expression } from './syntax/ast.ts';
import type { Problem } from './syntax/problem.ts';
import { EvaluationError } from './types/value.ts';

const readers: ReadonlyMap<string, (text: string) => unknown> = new Map<string, (text: string) => unknown>([
  ['duration', readDuration],
  ['timestamp', readTimestamp],
  ['matches', (pattern) => new Regexp(pattern)],
]);

function childrenOf(node: Expression): readonly Expression[] {
  switch (node.is) {
    case 'select':
      return [node.operand];
    case 'call':
      return node.target === undefined ? node.args : [node.target, ...node.args];
    case 'list':
      return node.items;
    case 'map':
      return node.entries.flatMap(({ key, value }) => [key, value]);
    case 'struct':
      return node.entries.map(({ value }) => value);
    case 'comprehension':
      return [node.range, node.start, node.condition, node.step, node.end];
    default:
      return [];
  }
}

function isReadable(read: (text: string) => unknown, text: string): boolean {
  try {
    read(text);
    return true;
  } catch (error) {
    if (error instanceof EvaluationError || error instanceof RegexpFault) return false;
    throw error;
  }
}

/** What is wrong with the literals of an expression. */
export function literalProblems({ expression }: Pick<Checked, 'expression'>): Problem[] {
  const problems: Problem[] = [];
  const visit = (node: Expression): void => {
    const read = node.is === 'call' ? readers.get(node.name) : undefined;
    const last = node.is === 'call' ? node.args.at(-1) : undefined;
    if (read !== undefined && node.is === 'call' && last?.is === 'literal' && typeof last.value === 'string') {
      if (!isReadable(read, last.value)) problems.push({ at: last.at, message: `invalid ${node.name} argument` });
    }
    for (const child of childrenOf(node)) visit(child);
  };
  visit(expression);
  return problems;
}
