/** Finding the right Node and installing what is locked, on a machine where any Node ≥ 20 runs this. */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The project's folder. */
export const project = fileURLToPath(new URL('..', import.meta.url));

/** Where compiled code is kept between starts. */
export const compileCache = join(project, 'node_modules', '.cache', 'compile');

const wantedMajor = 24;

/** Installs the locked dependencies when they are missing or older than the lock file; says so, with seconds. */
export function ensureInstalled() {
  const lock = join(project, 'package-lock.json');
  const installed = join(project, 'node_modules', '.package-lock.json');
  if (!existsSync(lock)) return;
  if (existsSync(installed) && statSync(installed).mtimeMs >= statSync(lock).mtimeMs) return;
  const began = Date.now();
  process.stderr.write('Installing what package-lock.json names (once; sqlite3 may be compiled, about 2 minutes)\n');
  const npm = process.env.npm_execpath;
  const [command, first] = npm?.endsWith('.js') ? [process.execPath, [npm]] : ['npm', []];
  const result = spawnSync(command, [...first, 'ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: project,
    stdio: ['ignore', 2, 2],
    // where sqlite3 has to be compiled, by the headers that came with our Node: those of another would be fetched from elsewhere
    env: { npm_config_nodedir: join(project, 'node_modules', `node-linux-${process.arch}`), ...process.env },
  });
  if (result.status !== 0) {
    process.stderr.write(
      'coracle: the dependencies could not be installed; see above. It takes npm, the network and, where sqlite3 has no prebuilt binary, a C++ compiler (Debian: apt-get install build-essential python3)\n',
    );
    process.exit(1);
  }
  process.stderr.write(`Installed in ${((Date.now() - began) / 1000).toFixed(1)} s\n`);
}

/** The Node the project runs on: the one npm installed, else this one when it is new enough. */
export function nodeBinary() {
  const bundled = join(project, 'node_modules', `node-linux-${process.arch}`, 'bin', 'node');
  if (existsSync(bundled)) return bundled;
  if (Number(process.versions.node.split('.')[0]) >= wantedMajor) return process.execPath;
  process.stderr.write(
    `coracle: this is Node ${process.versions.node} on ${process.arch}; Node ${wantedMajor} or newer is needed here, as npm has none for this machine\n`,
  );
  process.exit(1);
}

/** Runs `script` with the project's Node in place of this process: same terminal, signals passed on, same exit code. */
export function runScript(script, args) {
  const child = spawn(nodeBinary(), [script, ...args], {
    stdio: 'inherit',
    env: { NODE_COMPILE_CACHE: compileCache, ...process.env },
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => {
      // a terminal tells the whole group by itself
      if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
    });
  }
  child.on('error', (error) => {
    process.stderr.write(`coracle: ${error.message}\n`);
    process.exit(1);
  });
  child.on('exit', (code, signal) => {
    process.exit(code ?? (signal === null ? 1 : 128 + 2));
  });
}
