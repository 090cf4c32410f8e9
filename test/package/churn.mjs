/** `npm run test:churn [-- --minutes N --seed S --short]`: the standalone binaries under churn, and what grows meanwhile. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ensureInstalled, nodeBinary, project, runScript } from '../../agent/launch.mjs';

ensureInstalled();
const packaging = ['snap/package.mjs', '--architecture', process.arch, '--quick'];
const made = existsSync(join(project, 'dist', `linux-${process.arch}`, 'coracle-hub'));
const { status } = made ? { status: 0 } : spawnSync(nodeBinary(), packaging, { cwd: project, stdio: 'inherit' });
if (status === 0) runScript(join(project, 'test', 'package', 'churn', 'main.ts'), process.argv.slice(2));
else process.exitCode = 1;
