/** Sending signals by name to processes that may be gone. */

const known = /^SIG[A-Z0-9+-]+$/;

/** Signals a process, or a group when `pid` is negative; one that is gone is no error. */
export function sendSignal(pid: number, signal: string): void {
  try {
    process.kill(pid, known.test(signal) ? (signal as NodeJS.Signals) : 'SIGTERM');
  } catch {
    // Gone, or the name is unknown to this kernel: the kill after the grace period still comes.
  }
}
