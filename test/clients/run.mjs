/** `npm run test:clients [-- --short] [--file PART]`: clients nobody here wrote, against a hub and a node. */
import { join } from 'node:path';
import { ensureInstalled, project, runScript } from '../../agent/launch.mjs';

ensureInstalled();
runScript(join(project, 'test', 'clients', 'run.ts'), process.argv.slice(2));
