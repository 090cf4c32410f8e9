/** `npm run fuzz [-- --requests N --seed S]`: random and broken requests against a whole hub, and what they leave behind. */
import { join } from 'node:path';
import { ensureInstalled, project, runScript } from '../../agent/launch.mjs';

ensureInstalled();
runScript(join(project, 'test', 'fuzz', 'main.ts'), process.argv.slice(2));
