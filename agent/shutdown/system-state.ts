/** Whether the machine itself goes down: a stop of the service alone is no shutdown. */
import { execFile } from 'node:child_process';

/** Longest wait for the answer, in milliseconds. */
const patience = 2000;

/** Asks systemd; false where there is none. systemctl(1): `stopping` is printed from the moment the shutdown has begun. */
export function isSystemStopping(program = 'systemctl'): Promise<boolean> {
  return new Promise((resolve) => {
    // its exit code is not 0 for every state but `running`
    execFile(program, ['is-system-running'], { timeout: patience }, (_error, stdout) =>
      resolve(String(stdout).trim() === 'stopping'),
    );
  });
}
