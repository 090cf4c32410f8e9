/** `npm run bench [-- NAME…]`: runs benchmarks, prints a table and JSON. */
import { join } from 'node:path';
import { ensureInstalled, project, runScript } from '../../agent/launch.mjs';

ensureInstalled();
runScript(join(project, 'test', 'bench', 'run.ts'), process.argv.slice(2));
