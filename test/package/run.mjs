/**
 * `npm run test:package [-- arm64|first-day|air-gapped|snap|reproducible]`: what is made of the sources, whole: binaries and packages
 * for both architectures, arm64 under an emulator, the first day on a fresh Debian, a bundle on machines without network, the snap as
 * far as it can be made without snapcraft, everything twice and compared. About twenty-five minutes, half of it the last; needs
 * Debian's g++-aarch64-linux-gnu, qemu-user-static, debootstrap, snapd and squashfs-tools.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ensureInstalled, nodeBinary, project } from '../../agent/launch.mjs';

ensureInstalled();
const node = nodeBinary();
const { version } = JSON.parse(readFileSync(join(project, 'package.json'), 'utf8'));
const wanted = process.argv.slice(2);
const wants = (name) => wanted.length === 0 || wanted.includes(name);

function step(command, ...args) {
  const { status } = spawnSync(command, args, { cwd: project, stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}

const debian = join('dist', `coracle_${version}_amd64.deb`);
if (wants('arm64') && !existsSync(join(project, 'dist', 'linux-arm64')))
  step(node, 'snap/package.mjs', '--architecture', 'arm64');
if (wants('arm64')) step(node, '--test', 'test/package/arm64.test.ts');
if ((wants('first-day') || wants('air-gapped')) && !existsSync(join(project, debian))) {
  step(node, 'snap/package.mjs', '--architecture', 'x64', '--quick');
  step(node, 'snap/deb.mjs', '--architecture', 'x64', '--quick');
}
if (wants('first-day')) step('bash', 'test/package/first-day.sh', debian);
if (wants('air-gapped')) step('bash', 'test/package/air-gapped.sh', node);
if (wants('snap')) step(node, '--test', 'test/package/snap.test.ts');
if (wants('reproducible')) step(node, '--test', 'test/package/reproducible.test.ts');
