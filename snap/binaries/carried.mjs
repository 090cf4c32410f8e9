/** The files a binary carries, in a directory laid out as they will lie unpacked, and the list of them. */
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { bundle } from './bundle.mjs';
import { packagesOf } from './notices.mjs';

/**
 * Gathers into `directory` what `binary` carries, and writes `manifest.json` beside it; returns the assets by name, and the
 * packages of npm that are in them. The digest in the manifest is of all names and contents: the same digest is the same program.
 */
export async function gather({ project, binary, addons, directory }) {
  const { first, programs, data = [], packages = [] } = binary;
  const bundled = await bundle({ project, programs, packages, directory });
  cpSync(join(project, 'snap', 'binaries', 'import.cjs'), join(directory, 'import.cjs'));
  cpSync(addons.native, join(directory, 'native.node'));
  writeFileSync(join(directory, 'package.json'), '{"type":"module"}\n');
  for (const name of data) cpSync(join(project, name), join(directory, name), { recursive: true });
  for (const name of packages) {
    for (const part of runtimeParts(join(project, 'node_modules', name)))
      copy(join(project, 'node_modules', name, part), join(directory, 'node_modules', name, part));
  }
  if (packages.includes('sqlite3'))
    copy(addons.sqlite, join(directory, 'node_modules', 'sqlite3', 'build', 'Release', 'node_sqlite3.node'));
  const names = readdirSync(directory, { recursive: true })
    .map(String)
    .filter((name) => statSync(join(directory, name)).isFile())
    .sort();
  const hash = createHash('sha256');
  for (const name of names) hash.update(`${name}\0`).update(readFileSync(join(directory, name))).update('\0');
  const flags = JSON.parse(readFileSync(join(project, 'agent', 'daemon-flags.json'), 'utf8'));
  const manifest = {
    digest: hash.digest('hex').slice(0, 16),
    first,
    programs: Object.fromEntries(
      Object.entries(programs).map(([name, program]) => [
        name,
        { file: `${name}.js`, flags: program.flags === undefined ? [] : flags[program.flags] },
      ]),
    ),
    files: Object.fromEntries(names.map((name) => [name, 0o644])),
  };
  const manifestFile = `${directory}.json`;
  writeFileSync(manifestFile, JSON.stringify(manifest));
  // SQLite's addon is compiled with the headers of node-addon-api
  const compiled = packages.includes('sqlite3') ? ['node-addon-api'] : [];
  const carried = [...packages, ...compiled].map((name) => `node_modules/${name}/`);
  return {
    assets: { 'manifest.json': manifestFile, ...Object.fromEntries(names.map((name) => [name, join(directory, name)])) },
    packages: packagesOf([...bundled, ...carried]),
  };
}

function copy(from, to) {
  mkdirSync(dirname(to), { recursive: true });
  cpSync(from, to);
}

/** JavaScript, package.json and licence of a package. */
function runtimeParts(directory) {
  return readdirSync(directory, { recursive: true })
    .map(String)
    .filter((name) => !/^(build|deps|src|node-addon-api|test)\//.test(name))
    .filter((name) => /(\.js|package\.json|LICENSE[^/]*)$/.test(name) && statSync(join(directory, name)).isFile());
}
