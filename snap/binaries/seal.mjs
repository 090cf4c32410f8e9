/** Program and Node become one file (a "single executable application" of Node). */
import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
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

/** Makes the binary `output` out of Node `base` and `assets`, a file for each name. */
export async function seal({ entry, assets, base, architecture, output }) {
  const seaConfig = { ...config, assets };
  if (architecture.npm === process.arch) {
    const target = { platform: 'linux', arch: architecture.npm, nodeRange: nodeRange(), output };
    await sea.default(entry, { targets: [target], nodePath: base, seaConfig });
  } else {
    await sealForeign({ entry, seaConfig, base, output });
  }
  chmodSync(output, 0o755);
}

const nodeRange = () => `node${process.versions.node.split('.')[0]}`;

/** The same for an architecture whose Node does not run here: pkg would ask it for its version. */
async function sealForeign({ entry, seaConfig, base, output }) {
  const { inject } = createRequire(createRequire(import.meta.url).resolve('@yao-pkg/pkg'))('postject');
  const directory = mkdtempSync(join(tmpdir(), 'coracle-seal-'));
  try {
    const blob = join(directory, 'blob');
    const configFile = join(directory, 'config.json');
    writeFileSync(configFile, JSON.stringify({ main: entry, output: blob, ...seaConfig }));
    execFileSync(process.execPath, ['--experimental-sea-config', configFile], { stdio: 'ignore' });
    cpSync(base, output);
    await inject(output, 'NODE_SEA_BLOB', readFileSync(blob), {
      sentinelFuse: 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2',
    });
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
