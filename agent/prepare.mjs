/** What `npm ci` makes once: the descriptions for `kubectl explain`, and compiled code for fast and small starts. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
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
// Code is kept for the flags it was compiled under, so each daemon is loaded under its own: in a place where no data
// directory can be, it reads all its code, also what it would load later, and ends at once.
const flags = JSON.parse(readFileSync(new URL('daemon-flags.json', import.meta.url), 'utf8'));
const loadedLater = {
  hub: [],
  agent: ['./agent/runtime/cri/cri.ts', './agent/runtime/cri/methods.ts', '@grpc/grpc-js'],
};
for (const daemon of ['hub', 'agent']) {
  const first = [`./${daemon}/${daemon}.ts`, ...loadedLater[daemon]].flatMap((file) => ['--import', file]);
  const code = [...first, `${daemon}/main.ts`];
  const args = [...flags[daemon], ...code, '--data-dir', '/dev/null/none'];
  spawnSync(nodeBinary(), args, { cwd: project, stdio: 'ignore', env: environment, timeout: 60_000 });
}
step('compiled code of the command line', [join('agent', 'cli', 'main.ts'), 'version']);
