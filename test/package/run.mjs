/**
 * `npm run test:package [-- arm64|first-day|air-gapped|snap|reproducible]`: what is made of the sources, whole: binaries and packages
 * for both architectures, arm64 under an emulator, the first day on a fresh Debian, a bundle on machines without network, the snap as
 * far as it can be made without snapcraft, everything twice and compared. About twenty-five minutes, half of it the last. For
 * Debian on x86-64; as root it installs what it needs (needs.mjs), and all but arm64 and reproducible take root.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ensureInstalled, nodeBinary, project } from '../../agent/launch.mjs';
import { provide, suites } from './needs.mjs';

const unknown = process.argv.slice(2).filter((name) => !suites.includes(name));
const wanted = suites.filter((name) => process.argv.length === 2 || process.argv.includes(name));
if (unknown.length > 0) refuse(`there is no ${unknown.join(', ')}: ${suites.join(', ')}`, 2);
if (process.arch !== 'x64') refuse('this is for machines of x86-64');
const rooted = wanted.filter((name) => name !== 'arm64' && name !== 'reproducible');
if (rooted.length > 0 && process.getuid?.() !== 0) refuse(`${rooted.join(', ')}: this takes root`);
const missing = provide(wanted);
if (missing.length > 0) refuse(`apt-get install ${missing.join(' ')}`);

ensureInstalled();
const node = nodeBinary();
const { version } = JSON.parse(readFileSync(join(project, 'package.json'), 'utf8'));
const wants = (name) => wanted.includes(name);

function refuse(why, code = 1) {
  process.stderr.write(`test:package: ${why}\n`);
  process.exit(code);
}

function step(command, ...args) {
  const { status } = spawnSync(command, args, { cwd: project, stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}

const debian = join('dist', `coracle_${version}_amd64.deb`);
// made anew: what lies in dist may be of other sources
if (wants('arm64')) {
  step(node, 'snap/package.mjs', '--architecture', 'arm64');
  step(node, '--test', 'test/package/arm64.test.ts');
}
if (wants('first-day') || wants('air-gapped')) {
  step(node, 'snap/package.mjs', '--architecture', 'x64', '--quick');
  step(node, 'snap/deb.mjs', '--architecture', 'x64', '--quick');
}
if (wants('first-day')) step('bash', 'test/package/first-day.sh', debian);
if (wants('air-gapped')) step('bash', 'test/package/air-gapped.sh', node);
if (wants('snap')) step(node, '--test', 'test/package/snap.test.ts');
if (wants('reproducible')) step(node, '--test', 'test/package/reproducible.test.ts');
