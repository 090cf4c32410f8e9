/** Native addons for each architecture, built here by Debian's compilers. */
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/** Throws with the name of Debian's package when the compiler of an architecture is missing. */
export function requireCompiler(architecture) {
  const compiler = `${architecture.tools}-g++`;
  if (!existsSync(join('/usr/bin', compiler)))
    throw new Error(
      `${compiler} is missing: apt-get install ${architecture.compiler} (make and python3 are needed as well)`,
    );
}

/** Nothing in an addon may tell where it was built. */
const sameEverywhere = (directory) => ['-g0', `-ffile-prefix-map=${directory}=.`];
const withoutBuildId = '-Wl,--build-id=none';

/** Builds SQLite's addon (make and Python are needed as well) and returns its path. */
export function buildSqlite({ project, architecture, directory }) {
  const packages = join(project, 'node_modules');
  const source = join(directory, architecture.npm, 'node_modules', 'sqlite3');
  rmSync(source, { recursive: true, force: true });
  mkdirSync(source, { recursive: true });
  cpSync(join(packages, 'sqlite3'), source, {
    recursive: true,
    filter: (path) => !path.startsWith(join(packages, 'sqlite3', 'build')),
  });
  cpSync(join(packages, 'node-addon-api'), join(source, '..', 'node-addon-api'), { recursive: true });
  const tool = (name) => `${architecture.tools}-${name}`;
  // what compilers think of somebody else's sources is nobody's business here
  const same = [...sameEverywhere(directory), '-w'].join(' ');
  execFileSync(
    process.execPath,
    [
      join(packages, 'node-gyp', 'bin', 'node-gyp.js'),
      'rebuild',
      `--arch=${architecture.npm}`,
      `--nodedir=${join(packages, `node-linux-${process.arch}`)}`,
      '--jobs=max',
      '--loglevel=error',
    ],
    {
      cwd: source,
      stdio: ['ignore', 'ignore', 'inherit'],
      env: {
        ...process.env,
        CC: tool('gcc'),
        CXX: tool('g++'),
        AR: tool('ar'),
        LINK: tool('g++'),
        CFLAGS: same,
        CXXFLAGS: same,
        LDFLAGS: withoutBuildId,
      },
    },
  );
  const addon = join(source, 'build', 'Release', 'node_sqlite3.node');
  execFileSync(tool('strip'), ['--strip-unneeded', addon]);
  return addon;
}

/** SQLite's addon as npm built or fetched it for this machine. */
export const installedSqlite = (project) =>
  join(project, 'node_modules', 'sqlite3', 'build', 'Release', 'node_sqlite3.node');

/** Builds our own addon (native.c) and returns its path. */
export function buildNative({ project, architecture, directory }) {
  const addon = join(directory, architecture.npm, 'native.node');
  mkdirSync(join(addon, '..'), { recursive: true });
  execFileSync(`${architecture.tools}-gcc`, [
    ...['-O2', '-Wall', '-Wextra', '-Werror', '-shared', '-fPIC', '-s', withoutBuildId, ...sameEverywhere(project)],
    ...['-I', join(project, 'node_modules', `node-linux-${process.arch}`, 'include', 'node')],
    ...['-o', addon, join(project, 'snap', 'binaries', 'native.c')],
  ]);
  return addon;
}
