/**
 * `npm run package [-- --architecture x64] [--quick]`: the standalone binaries `coracle` and `coracle-hub` for each architecture, in
 * `dist/`, with the licences of all that is in them. Needs no network but the npm registry, and Debian's compilers. `--quick`, for
 * tests: the addon of sqlite3 that npm built for this machine is taken as it is.
 */
import { rmSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ensureInstalled, nodeBinary, project, runScript } from '../agent/launch.mjs';

if (!process.argv.includes('--on-own-node')) {
  ensureInstalled();
  nodeBinary();
  runScript(import.meta.filename, [...process.argv.slice(2), '--on-own-node']);
} else {
  await makeAll();
}

async function makeAll() {
  const { values } = parseArgs({
    options: {
      architecture: { type: 'string', multiple: true },
      quick: { type: 'boolean', default: false },
      'on-own-node': { type: 'boolean' },
    },
  });
  const { architectures, binaries } = await import('./binaries/programs.mjs');
  const wanted = architectures.filter((each) => values.architecture?.includes(each.npm) ?? true);
  if (wanted.length === 0) throw new Error(`--architecture: there are ${architectures.map((each) => each.npm)}`);
  const { buildNative, buildSqlite, installedSqlite, requireCompiler } = await import('./binaries/addon.mjs');
  const { nodeBase } = await import('./binaries/node-base.mjs');
  const { gather } = await import('./binaries/carried.mjs');
  const { notices } = await import('./binaries/notices.mjs');
  const { seal } = await import('./binaries/seal.mjs');
  wanted.forEach(requireCompiler);
  const work = join(project, 'dist', 'work');
  for (const architecture of wanted) {
    const said = (what) => process.stdout.write(`${architecture.npm}: ${what}\n`);
    said('compiling the native addons');
    const build = { project, architecture, directory: join(work, 'addons') };
    const isQuick = values.quick && architecture.npm === process.arch;
    const addons = { sqlite: isQuick ? installedSqlite(project) : buildSqlite(build), native: buildNative(build) };
    const base = nodeBase({ project, architecture, directory: join(work, 'node') });
    const folder = join(project, 'dist', `linux-${architecture.npm}`);
    mkdirSync(folder, { recursive: true });
    const carried = new Set([`node_modules/node-linux-${process.arch}`]);
    for (const [name, binary] of Object.entries(binaries)) {
      const directory = join(work, `${name}-${architecture.npm}`);
      rmSync(directory, { recursive: true, force: true });
      mkdirSync(directory, { recursive: true });
      const { assets, packages } = await gather({ project, binary, addons, directory });
      for (const each of packages) carried.add(each);
      const output = join(folder, name);
      rmSync(output, { force: true });
      await seal({ entry: join(project, 'snap', 'binaries', 'start.cjs'), assets, base, architecture, output });
      said(`${name}: ${(statSync(output).size / 1e6).toFixed(1)} MB`);
    }
    writeFileSync(join(folder, 'copyright'), notices(project, [...carried].sort()));
  }
  rmSync(work, { recursive: true, force: true });
}
