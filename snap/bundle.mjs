/**
 * `npm run package:bundle -- --architecture arm64 [--package FILE.deb]… [--kubectl FILE] [--image FILE]… [--addons NAME=PATH]…`:
 * one file with all that a machine without any network needs, in `dist/` or `--output`: the Debian package that `npm run package:deb`
 * made, what else is given, digests of everything and `install.sh`. The same files make the same bundle, byte for byte. `--quick`,
 * for tests, hardly packs.
 */
import { existsSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { project } from '../agent/launch.mjs';
import { architectures } from './binaries/programs.mjs';
import { checkImage, checkKubectl, checkPackage, WrongFile } from './bundle/checks.mjs';
import { addRepository, copyInto, digestOf, pack, writeSums } from './bundle/contents.mjs';

const many = { type: 'string', multiple: true, default: [] };
const { values } = parseArgs({
  options: {
    architecture: { type: 'string', default: process.arch },
    package: many,
    image: many,
    addons: many,
    kubectl: { type: 'string' },
    output: { type: 'string', default: join(project, 'dist') },
    quick: { type: 'boolean', default: false },
  },
});

try {
  make();
} catch (error) {
  if (!(error instanceof WrongFile)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}

function make() {
  const architecture = architectures.find(({ npm }) => npm === values.architecture);
  if (architecture === undefined)
    throw new WrongFile(`--architecture: there are ${architectures.map(({ npm }) => npm).join(' and ')}`);
  const { version } = JSON.parse(readFileSync(join(project, 'package.json'), 'utf8'));
  const own = join(project, 'dist', `coracle_${version}_${architecture.debian}.deb`);
  if (!existsSync(own))
    throw new WrongFile(`${own} is missing: npm run package:deb -- --architecture ${architecture.npm}`);
  const name = `coracle-${version}-${architecture.debian}`;
  const folder = resolve(values.output);
  const root = join(folder, name);
  rmSync(root, { recursive: true, force: true });
  try {
    for (const file of [own, ...values.package.map((path) => resolve(path))]) {
      checkPackage(file, architecture);
      copyInto(join(root, 'packages'), file);
    }
    if (values.kubectl !== undefined) {
      checkKubectl(values.kubectl, architecture);
      copyInto(root, values.kubectl, { name: 'kubectl', mode: 0o755 });
    }
    for (const file of values.image) {
      checkImage(file);
      copyInto(join(root, 'images'), file);
    }
    for (const addons of values.addons) addRepository(join(root, 'addons'), addons);
    copyInto(root, join(project, 'snap', 'bundle', 'install.sh'), { mode: 0o755 });
    writeSums(root, architecture.debian);
    const digest = digestOf(join(root, 'SHA256SUMS'));
    const output = pack({ folder, name, quick: values.quick });
    const size = (statSync(output).size / 1e6).toFixed(1);
    process.stdout.write(`${output}: ${size} MB\nsha256 of its SHA256SUMS: ${digest}\n`);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}
