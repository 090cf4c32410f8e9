/** `identity`: who this process is and what it may do, as one line of JSON. */
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';

/** Fields of /proc/self/status (proc(5)) that are said as they stand there. */
const fields = ['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb', 'NoNewPrivs', 'Seccomp'];

/** Prints it. */
export async function command(): Promise<void> {
  const status = new Map(
    readFileSync('/proc/self/status', 'utf8')
      .split('\n')
      .map((line) => line.split(':\t') as [string, string]),
  );
  const identity = {
    uid: process.getuid?.(),
    effectiveUid: process.geteuid?.(),
    gid: process.getgid?.(),
    groups: process.getgroups?.(),
    hostname: hostname(),
    directory: process.cwd(),
    pid: process.pid,
    ...Object.fromEntries(fields.map((field) => [field, status.get(field)])),
  };
  process.stdout.write(`${JSON.stringify(identity)}\n`);
}
