/** Telling the service manager that started a daemon how it is: systemd's notification protocol, sd_notify(3). */
import { createRequire } from 'node:module';

/** An addon can only be required. */
const require = createRequire(import.meta.url);

/** How long a start may take from one sign of life to the next, in microseconds. */
const patience = 60_000_000;

/** The native addon of the standalone binaries, as far as it is used here. */
interface Notifier {
  notify(state: string): boolean;
}

/** What a daemon says of itself. */
export interface ServiceManager {
  /** It is not ready yet but gets on, `what` says how far: it may take a minute more from now, whatever TimeoutStartSec says. */
  starting(what: string): void;
  /** It serves. From now on the watchdog, where one is set, is told twice in its time that the event loop turns. */
  ready(): void;
  /** It is stopping. */
  stopping(): void;
}

/**
 * The service manager of this process, from the environment that it set: NOTIFY_SOCKET, WATCHDOG_USEC (sd_watchdog_enabled(3)).
 * `addon` is the path of the binaries' native addon. Undefined when nobody wants to be told, or nobody here can.
 */
export function findServiceManager(
  environment: NodeJS.ProcessEnv,
  addon: string | undefined = environment['CORACLE_NATIVE'],
): ServiceManager | undefined {
  const socket = environment['NOTIFY_SOCKET'];
  if (socket === undefined || socket === '' || addon === undefined) return undefined;
  const { notify } = require(addon) as Notifier;
  const period = watchdogPeriod(environment);
  return {
    starting: (what) => void notify(`EXTEND_TIMEOUT_USEC=${patience}\nSTATUS=Starting: ${what}`),
    ready() {
      notify('READY=1\nSTATUS=');
      if (period !== undefined) setInterval(() => notify('WATCHDOG=1'), period).unref();
    },
    stopping: () => void notify('STOPPING=1'),
  };
}

/** Milliseconds between two signs of life; undefined when no watchdog waits for this process. */
export function watchdogPeriod(environment: NodeJS.ProcessEnv, pid = process.pid): number | undefined {
  const microseconds = Number(environment['WATCHDOG_USEC']);
  const meant = environment['WATCHDOG_PID'];
  if (!(microseconds > 0) || (meant !== undefined && meant !== String(pid))) return undefined;
  return Math.max(1, Math.floor(microseconds / 2000));
}
