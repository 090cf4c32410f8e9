/** Runs `nft`, which programs the kernel's packet rules. */
import { execFile, spawn } from 'node:child_process';

/** The program is not on this machine. The message is what the user reads. */
export class NftMissing extends Error {
  constructor() {
    super('the program nft is not installed (Debian: apt-get install nftables)');
  }
}

/** Runs a file of nft commands as one transaction: all of it is done, or nothing. `begun` is told the process id. */
export type RunNft = (commands: string, begun?: (pid: number) => void) => Promise<void>;

/** How much of what the program says is kept. */
const wordsKept = 4096;

/** Where Debian has administrators' programs, which are not in everybody's PATH. */
export const toolEnvironment = (): NodeJS.ProcessEnv => ({
  ...process.env,
  PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin`,
});

/** Rejects with NftMissing, or with the first line of what nft says. */
export const runNft: RunNft = (commands, begun) =>
  new Promise((resolve, reject) => {
    const child = spawn('nft', ['-f', '-'], { env: toolEnvironment(), stdio: ['pipe', 'ignore', 'pipe'] });
    if (child.pid !== undefined) begun?.(child.pid);
    let said = '';
    child.stderr.on('data', (piece: Buffer) => {
      if (said.length < wordsKept) said += piece.toString();
    });
    child.on('error', (error: NodeJS.ErrnoException) => reject(error.code === 'ENOENT' ? new NftMissing() : error));
    child.on('close', (code) => {
      if (code === 0) resolve();
      else reject(new Error(`nft: ${said.split('\n', 1)[0] || `ended with ${code}`}`));
    });
    // it ends before it has read all when it refuses; what it says then tells why
    child.stdin.on('error', () => {});
    child.stdin.end(commands);
  });

/** What is listed of a table at most, in bytes. */
const longestList = 64 * 1024 * 1024;

/** The sets of a table as JSON of nft, with their elements; '' when there is no such table, or nft. */
export const listSets = (table: { family: string; name: string }): Promise<string> =>
  new Promise((resolve) => {
    const words = ['-j', 'list', 'sets', 'table', table.family, table.name];
    execFile('nft', words, { env: toolEnvironment(), maxBuffer: longestList }, (error, stdout) =>
      resolve(error === null ? stdout : ''),
    );
  });
