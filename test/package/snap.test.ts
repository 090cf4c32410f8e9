/**
 * The snap as far as it can be made without snapcraft and run without snapd: the commands of its parts, the packages it brings (of
 * Debian, in place of Ubuntu's), the metadata as snapcraft writes it, `snap pack` of Debian's snapd, which refuses what snapd
 * would, and then its programs and hooks at work.
 */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { parse, stringify } from 'yaml';
import { kubectlProgram } from '../support/kubectl-program.ts';
import { tempDir } from '../support/temp-dir.ts';

const project = fileURLToPath(new URL('../..', import.meta.url));
const debian = process.arch === 'x64' ? 'amd64' : process.arch;
const missing =
  process.getuid?.() === 0
    ? ['snap', 'mksquashfs', 'unsquashfs', 'apt-get', 'git'].find((name) => spawnSync('which', [name]).status !== 0)
    : 'root';

interface Part {
  readonly 'override-build'?: string;
  readonly 'stage-packages'?: readonly string[];
}
interface Snap {
  readonly parts: Record<string, Part>;
  readonly apps: Record<string, { readonly command: string }>;
  readonly environment: Record<string, string>;
  readonly [key: string]: unknown;
}
const snap = parse(readFileSync(join(project, 'snap', 'snapcraft.yaml'), 'utf8')) as Snap;

/** What snapcraft copies into the metadata of a snap as it is. */
const copied = [
  ...['name', 'version', 'title', 'summary', 'description', 'license', 'base', 'grade', 'confinement', 'assumes'],
  ...['environment', 'apps'],
];

test('the snap: made, packed, at work, removed', { skip: missing && `${missing} is missing` }, (t) => {
  const dir = tempDir(t);
  const prime = join(dir, 'prime');
  mkdirSync(join(prime, 'meta'), { recursive: true });

  for (const part of Object.values(snap.parts)) {
    if (part['override-build'] !== undefined) build(join(dir, 'source'), part['override-build'], prime);
    for (const name of part['stage-packages'] ?? []) stage(join(dir, 'packages', name), name, prime);
  }
  cpSync(kubectlOfMachine(), join(prime, 'bin', 'kubectl'), { dereference: true });
  cpSync(join(project, 'snap', 'hooks'), join(prime, 'meta', 'hooks'), { recursive: true });
  const metadata = Object.fromEntries(copied.map((key) => [key, snap[key]]));
  writeFileSync(join(prime, 'meta', 'snap.yaml'), stringify({ ...metadata, architectures: [debian] }));

  const skeleton = execFileSync('snap', ['pack', '--check-skeleton', prime], { encoding: 'utf8' });
  assert.doesNotMatch(skeleton, /missing/, 'a command of an app is not there');
  execFileSync('snap', ['pack', '--compression=lzo', prime, dir]);
  const [file = ''] = readdirSync(dir).filter((name) => name.endsWith('.snap'));
  assert.equal(file, `coracle_${snap['version']}_${debian}.snap`);

  const installed = join(dir, 'snap', 'coracle', 'x1');
  const common = join(dir, 'common');
  mkdirSync(common);
  mkdirSync(join(installed, '..'), { recursive: true });
  execFileSync('unsquashfs', ['-quiet', '-no-progress', '-dest', installed, join(dir, file)], { stdio: 'ignore' });
  symlinkSync('x1', join(installed, '..', 'current'));
  const places = { SNAP: installed, SNAP_COMMON: common, PATH: process.env['PATH'] ?? '' };
  const expanded = Object.entries(snap.environment).map(([name, text]) => [
    name,
    text.replace(/\$(\w+)/g, (_, key: keyof typeof places) => places[key]),
  ]);
  const { status, stdout, stderr } = spawnSync('bash', [join(project, 'test', 'package', 'snap-at-work.sh')], {
    encoding: 'utf8',
    env: { HOME: '/root', ...places, ...Object.fromEntries(expanded) },
    timeout: 180_000,
  });
  assert.equal(status, 0, `${stdout}\n${stderr}`);
});

/** Runs a part's `override-build` as craft-parts does, in a clean clone. */
function build(source: string, script: string, prime: string): void {
  execFileSync('git', ['clone', '--quiet', project, source]);
  execFileSync('bash', ['-e', '-c', script], {
    cwd: source,
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, CRAFT_PART_INSTALL: prime, CRAFT_ARCH_BUILD_FOR: debian },
  });
}

function stage(folder: string, name: string, prime: string): void {
  mkdirSync(folder, { recursive: true });
  execFileSync('apt-get', ['download', '--quiet', '--quiet', name], { cwd: folder, stdio: 'ignore' });
  const [file = ''] = readdirSync(folder);
  execFileSync('dpkg-deb', ['--extract', join(folder, file), prime]);
}

/** In place of the one out of the snap of kubectl, which takes a store of snaps. */
function kubectlOfMachine(): string {
  const program = kubectlProgram();
  assert.ok(program, 'there is no kubectl');
  return program === 'kubectl' ? execFileSync('which', ['kubectl'], { encoding: 'utf8' }).trim() : program;
}
