/** Staying with daemons until Ctrl-C, then stopping them in order. */
import type { ChildProcess } from 'node:child_process';
import { Failure } from './failure.ts';
import type { Terminal } from './terminal.ts';

/** Resolves when a process has ended. */
function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => child.once('exit', () => resolve()));
}

/** Waits for SIGINT or SIGTERM, then stops `children` one after the other. Throws Failure when one of them ends by itself. */
export async function foreground(children: readonly ChildProcess[], terminal: Terminal): Promise<void> {
  const signalled = new Promise<'signal'>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => resolve('signal'));
  });
  const why = await Promise.race([signalled, ...children.map((child) => ended(child))]);
  if (why === 'signal') terminal.print('');
  await terminal.step('Stopping', async () => {
    for (const child of children) {
      child.kill('SIGINT');
      await ended(child);
    }
  });
  if (why !== 'signal') throw new Failure('a daemon ended by itself; see its log in the data directory');
}
