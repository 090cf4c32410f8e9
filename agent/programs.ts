/**
 * `coracle` as Pods of the process runtime find it in a clone: the first argument names a program of `agent/programs`, anything
 * else is the command line. The standalone binary does the same by itself.
 */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const name = process.argv[2] ?? '';
const program = new URL(`programs/${name}/main.ts`, import.meta.url);
if (/^[a-z][a-z-]*$/.test(name) && existsSync(fileURLToPath(program))) {
  process.argv.splice(2, 1);
  await import(program.href);
} else await import('./cli/main.ts');
