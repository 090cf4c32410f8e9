/** Runs the real kubectl. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';

/** What a run left behind. */
export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly error: string;
}

/** Runs kubectl to its end; `input` goes to its standard input. */
export function kubectl(kubeconfig: string, args: readonly string[], input = ''): Promise<Ran> {
  return new Promise((resolve) => {
    const child = execFile(
      'kubectl',
      ['--kubeconfig', kubeconfig, ...args],
      { timeout: 30_000 },
      (error, out, text) => {
        const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 1;
        resolve({ code, out, error: text });
      },
    );
    child.stdin?.end(input);
  });
}

/** Starts kubectl and collects what it prints until it is killed. */
export function kubectlFollow(kubeconfig: string, args: readonly string[]): { child: ChildProcess; out(): string } {
  const child = spawn('kubectl', ['--kubeconfig', kubeconfig, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  return { child, out: () => text };
}
