/**
 * `npm run package:deb [-- --architecture x64] [--quick]`: a Debian package of the binaries that `npm run package` made, with systemd's
 * units, in `dist/`. Needs `dpkg-deb`. The same binaries make the same package, byte for byte. `--quick`, for tests, hardly packs.
 */
import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { project } from '../agent/launch.mjs';
import { architectures } from './binaries/programs.mjs';
import { control, postinst, postrm, prerm } from './deb/control.mjs';

const { values } = parseArgs({ options: { architecture: { type: 'string', multiple: true }, quick: { type: 'boolean' } } });
const { version } = JSON.parse(readFileSync(join(project, 'package.json'), 'utf8'));
const packing = values.quick ? ['-Zgzip', '-z1'] : ['-Zxz'];
const wanted = architectures.filter(({ npm }) => values.architecture?.includes(npm) ?? true);
for (const architecture of wanted) {
  const binaries = join(project, 'dist', `linux-${architecture.npm}`);
  if (!existsSync(binaries)) {
    process.stderr.write(`${binaries} is missing: npm run package -- --architecture ${architecture.npm}\n`);
    process.exit(1);
  }
  const root = join(project, 'dist', `deb-${architecture.npm}`);
  rmSync(root, { recursive: true, force: true });
  for (const name of ['coracle', 'coracle-hub']) put(join(binaries, name), join(root, 'usr', 'bin', name), 0o755);
  for (const unit of readdirSync(join(project, 'configs', 'systemd')))
    put(join(project, 'configs', 'systemd', unit), join(root, 'usr', 'lib', 'systemd', 'system', unit), 0o644);
  const documents = join(root, 'usr', 'share', 'doc', 'coracle');
  put(join(project, 'README.md'), join(documents, 'README.md'), 0o644);
  put(join(binaries, 'copyright'), join(documents, 'copyright'), 0o644);
  for (const name of ['hub.yaml', 'agent.yaml', 'join.yaml', 'audit-policy.yaml'])
    put(join(project, 'configs', name), join(documents, 'configs', name), 0o644);
  for (const name of readdirSync(join(project, 'configs', 'examples')))
    put(join(project, 'configs', 'examples', name), join(documents, 'examples', name), 0o644);
  const size = Math.ceil(sizeOf(root) / 1024);
  write(join(root, 'DEBIAN', 'control'), control({ version, architecture: architecture.debian, size }), 0o644);
  write(join(root, 'DEBIAN', 'postinst'), postinst, 0o755);
  write(join(root, 'DEBIAN', 'prerm'), prerm, 0o755);
  write(join(root, 'DEBIAN', 'postrm'), postrm, 0o755);
  const output = join(project, 'dist', `coracle_${version}_${architecture.debian}.deb`);
  execFileSync('dpkg-deb', ['--root-owner-group', ...packing, '--build', root, output], {
    stdio: ['ignore', 'ignore', 'inherit'],
    // dpkg-deb dates the archive by this, and clamps the files' dates to it
    env: { ...process.env, SOURCE_DATE_EPOCH: '1700000000' },
  });
  rmSync(root, { recursive: true });
  process.stdout.write(`${output}: ${(statSync(output).size / 1e6).toFixed(1)} MB\n`);
}

function put(from, to, mode) {
  mkdirSync(dirname(to), { recursive: true, mode: 0o755 });
  cpSync(from, to);
  chmodSync(to, mode);
}

function write(file, text, mode) {
  mkdirSync(dirname(file), { recursive: true, mode: 0o755 });
  writeFileSync(file, text);
  chmodSync(file, mode);
}

function sizeOf(directory) {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);
}
