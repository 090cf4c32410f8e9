/** Program and Node become one file (a "single executable application" of Node). */
import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sea from '@yao-pkg/pkg/lib-es5/sea.js';

/**
 * Flags of Node may stand before a binary's own arguments, as `--node-options=…`: daemons are started with some that cannot
 * be set later. No snapshot and no code cache: those hold for one architecture and one set of flags.
 */
const config = {
  disableExperimentalSEAWarning: true,
  useSnapshot: false,
  useCodeCache: false,
  execArgvExtension: 'cli',
};

/**
 * Makes the binary `output` out of Node `base` and `assets`, a file for each name. The binary keeps the name its first script had
 * here, so that is one which says nothing of this machine: relative to where the two ways of sealing work.
 */
export async function seal({ entry, assets, base, architecture, output }) {
  const directory = mkdtempSync(join(tmpdir(), 'coracle-seal-'));
  try {
    cpSync(entry, join(directory, 'start.cjs'));
    const seaConfig = { ...config, main: '../start.cjs', assets };
    if (architecture.npm === process.arch) await sealByPkg({ entry, seaConfig, base, architecture, output, directory });
    else await sealForeign({ seaConfig, base, output, directory });
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
  chmodSync(output, 0o755);
}

const nodeRange = () => `node${process.versions.node.split('.')[0]}`;

/** By pkg, which works in a directory it makes in that of temporary files. */
async function sealByPkg({ entry, seaConfig, base, architecture, output, directory }) {
  const usual = process.env.TMPDIR;
  process.env.TMPDIR = directory;
  try {
    const target = { platform: 'linux', arch: architecture.npm, nodeRange: nodeRange(), output };
    await sea.default(entry, { targets: [target], nodePath: base, seaConfig });
  } finally {
    if (usual === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = usual;
  }
}

/** The same for an architecture whose Node does not run here: pkg would ask it for its version. */
async function sealForeign({ seaConfig, base, output, directory }) {
  const { inject } = createRequire(createRequire(import.meta.url).resolve('@yao-pkg/pkg'))('postject');
  const cwd = join(directory, 'work');
  mkdirSync(cwd);
  writeFileSync(join(cwd, 'config.json'), JSON.stringify({ output: 'blob', ...seaConfig }));
  execFileSync(process.execPath, ['--experimental-sea-config', 'config.json'], { cwd, stdio: 'ignore' });
  cpSync(base, output);
  await inject(output, 'NODE_SEA_BLOB', readFileSync(join(cwd, 'blob')), {
    sentinelFuse: 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2',
  });
}
