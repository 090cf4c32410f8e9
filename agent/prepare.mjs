/** What `npm ci` makes once: the descriptions for `kubectl explain`, and compiled code for fast and small starts. */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
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
/** What the sources of a daemon load only when they need it, as Node is to import it. */
function loadedLater(daemon) {
  const found = new Set();
  for (const name of readdirSync(join(project, daemon), { recursive: true }).map(String)) {
    if (!name.endsWith('.ts') || name.startsWith('cli/') || name === 'main.ts') continue;
    const text = readFileSync(join(project, daemon, name), 'utf8');
    for (const [, target] of text.matchAll(/(?<!typeof )\bimport\('([^']+)'\)/g))
      found.add(target.startsWith('.') ? `./${join(daemon, dirname(name), target)}` : target);
  }
  return [...found];
}

// Code is kept for the flags it was compiled under, so each daemon is loaded under its own: in a place where no data
// directory can be, it reads all its code, also what it would load later, and ends at once. One file that is not kept
// would cost a daemon the memory of what strips types, 20 MB.
const flags = JSON.parse(readFileSync(new URL('daemon-flags.json', import.meta.url), 'utf8'));
for (const daemon of ['hub', 'agent']) {
  const imports = [`./${daemon}/${daemon}.ts`, ...loadedLater(daemon)].flatMap((each) => ['--import', each]);
  const args = [...flags[daemon], ...imports, `${daemon}/main.ts`, '--data-dir', '/dev/null/none'];
  spawnSync(nodeBinary(), args, { cwd: project, stdio: 'ignore', env: environment, timeout: 60_000 });
}
// a program that is not in a Pod says so and ends, with all its code read
for (const name of readdirSync(join(project, 'agent', 'programs'))) {
  if (!existsSync(join(project, 'agent', 'programs', name, 'main.ts'))) continue;
  const args = [...flags.program, join('agent', 'programs.ts'), name];
  spawnSync(nodeBinary(), args, { cwd: project, stdio: 'ignore', env: environment, timeout: 60_000 });
}
step('compiled code of the command line', [join('agent', 'cli', 'main.ts'), 'version']);
