/** Starts a hub and a node of host processes, and runs the tests of kubectl against them. */
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { coracle, startHub } from '../support/coracle.ts';
import { kubectlProgram } from '../support/kubectl-program.ts';

/** What the short form runs: a command of each kind of object. */
const short = ['create.test.ts'];

const {
  values: { file: part = '', short: onlyShort },
} = parseArgs({ options: { file: { type: 'string' }, short: { type: 'boolean', default: false } } });

/** Files run side by side; one that changes the node has it for itself, at the end. */
function runFiles(names: readonly string[], width: number, environment: Record<string, string>): number {
  if (names.length === 0) return 0;
  const args = ['--test', '--test-reporter=spec', `--test-concurrency=${width}`, '--test-timeout=180000'];
  const paths = names.map((name) => join(import.meta.dirname, name));
  const env = { ...process.env, ...environment };
  return spawnSync(process.execPath, [...args, ...paths], { stdio: 'inherit', env }).status ?? 1;
}

async function main(): Promise<number> {
  const program = kubectlProgram();
  if (program === undefined) {
    process.stdout.write(
      'no test of kubectl runs: there is none of 1.32 or newer on the PATH, and npm did not give one\n0 passed, 0 failed\n',
    );
    return 0;
  }
  const files = readdirSync(import.meta.dirname).filter(
    (name) => name.endsWith('.test.ts') && name.includes(part) && (!onlyShort || short.includes(name)),
  );
  const alone = (name: string): boolean => name.endsWith('.serial.test.ts');
  const hub = await startHub(['--runtime', 'process', '--node-name', 'node-a']);
  try {
    await coracle(['status', '--data-dir', hub.dir, '--wait-ready', '--timeout', '30']);
    const environment = { CORACLE_KUBECTL_DIR: hub.dir, CORACLE_KUBECTL_PROGRAM: program };
    const together = runFiles(
      files.filter((name) => !alone(name)),
      3,
      environment,
    );
    return runFiles(files.filter(alone), 1, environment) || together;
  } finally {
    await hub.stop();
  }
}

process.exitCode = await main();
