/** `npm run test:conformance [-- --group sig-node]`: the tests named after lines of the conformance list. */
import { join } from 'node:path';
import { ensureInstalled, project, runScript } from '../../agent/launch.mjs';

ensureInstalled();
runScript(join(project, 'test', 'conformance', 'run.ts'), process.argv.slice(2));
