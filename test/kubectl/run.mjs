/** `npm run test:kubectl [-- --short] [--file PART]`: every command of kubectl 1.32 against a hub and a node. */
import { join } from 'node:path';
import { ensureInstalled, project, runScript } from '../../agent/launch.mjs';

ensureInstalled();
runScript(join(project, 'test', 'kubectl', 'run.ts'), process.argv.slice(2));
