/** What `npm ci` makes once: the descriptions for `kubectl explain`, and compiled code for fast and small starts. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { compileCache, nodeBinary, project } from './launch.mjs';

const environment = { ...process.env, NODE_COMPILE_CACHE: compileCache };

/** Neither step is needed to run: a failure is told and passed over. */
function step(title, args) {
  const result = spawnSync(nodeBinary(), args, {
    cwd: project,
    stdio: ['ignore', 'ignore', 'inherit'],
    env: environment,
  });
  if (result.status !== 0) process.stderr.write(`coracle: could not prepare ${title}; going on without\n`);
}

const descriptions = join('hub', 'kinds', 'build', 'descriptions.ts');
if (existsSync(join(project, 'node_modules', '@kubernetes'))) step('the descriptions of the API', [descriptions]);
const modules = ['hub/hub.ts', 'agent/agent.ts', 'agent/cli/main.ts'].map((file) => `import('./${file}')`).join(',');
step('compiled code', ['--input-type=module', '-e', `process.argv.push('version');await Promise.all([${modules}])`]);
