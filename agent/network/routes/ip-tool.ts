/** Runs the programs of iproute2, which change and tell the kernel's addresses, routes and neighbours. */
import { spawn } from 'node:child_process';

/** The program is not on this machine. The message is what the user reads. */
export class IpMissing extends Error {
  constructor(program: string) {
    super(`the program ${program} is not installed (Debian: apt-get install iproute2)`);
  }
}

/** The programs. Both reject with IpMissing where there is none. */
export interface IpTool {
  /** What `words` print as JSON; rejects with the first line of what it says when it fails. */
  read(program: 'ip' | 'bridge', words: readonly string[]): Promise<unknown>;
  /** Runs a list of commands, whichever of them fail; answers what it said of those, one line each. */
  batch(program: 'ip' | 'bridge', commands: readonly string[]): Promise<readonly string[]>;
}

/** Longest a program may take, in milliseconds. */
const patience = 20_000;

/** Most bytes of an answer: routes to 8,192 nodes are about 1 MB. */
const longestAnswer = 32 * 1024 * 1024;

/** Lines of complaint that are kept. */
const complaintsKept = 20;

/** Administrators' programs are not in everybody's PATH. */
const environment = (): NodeJS.ProcessEnv => ({ PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin`, LC_ALL: 'C' });

interface Ended {
  readonly code: number | null;
  readonly answer: string;
  readonly said: readonly string[];
}

/** Starts one that goes on; its output is for the caller. */
export const startIp = (words: readonly string[]): ReturnType<typeof spawn> =>
  spawn('ip', words, { env: environment(), stdio: ['ignore', 'pipe', 'ignore'] });

/** The machine's own. */
export const ipTool: IpTool = {
  async read(program, words) {
    const { code, answer, said } = await run(program, ['-json', ...words], '');
    if (code !== 0) throw new Error(`${program} ${words.join(' ')}: ${said[0] ?? `ended with ${code}`}`);
    // nothing at all is printed where there is nothing to tell
    return answer.trim() === '' ? [] : JSON.parse(answer);
  },
  async batch(program, commands) {
    if (commands.length === 0) return [];
    const { said } = await run(program, ['-force', '-batch', '-'], commands.map((line) => `${line}\n`).join(''));
    return said.filter((line) => !line.startsWith('Command failed')).slice(0, complaintsKept);
  },
};

function run(program: string, words: readonly string[], input: string): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, words, { env: environment(), stdio: ['pipe', 'pipe', 'pipe'] });
    const timer = setTimeout(() => child.kill('SIGKILL'), patience);
    const answer: Buffer[] = [];
    let size = 0;
    let said = '';
    child.stdout.on('data', (piece: Buffer) => {
      size += piece.length;
      if (size > longestAnswer) child.kill('SIGKILL');
      else answer.push(piece);
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      if (said.length < 64 * 1024) said += text;
    });
    child.on('error', (error: NodeJS.ErrnoException) => {
      clearTimeout(timer);
      reject(error.code === 'ENOENT' ? new IpMissing(program) : error);
    });
    child.on('close', (code) => {
      clearTimeout(timer);
      resolve({ code, answer: Buffer.concat(answer).toString(), said: said.split('\n').filter((line) => line !== '') });
    });
    // it may end before it has read all; what it says then tells why
    child.stdin.on('error', () => {});
    child.stdin.end(input);
  });
}
