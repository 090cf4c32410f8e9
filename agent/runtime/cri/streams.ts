/** Streams into containers and Pods: the runtime is asked for a place where they can be had, and that is dialled. */
import type { Duplex } from 'node:stream';
import type { LiveOptions, LiveProcess } from '../live-process.ts';
import { RuntimeError } from '../runtime.ts';
import { isUnavailable } from './cri-error.ts';
import type { CriContext } from './context.ts';
import { openPort } from './streaming-port.ts';
import { openAttach, openExec } from './streaming.ts';

/** Starts a command. Rejects with RuntimeError ExecError. */
export async function runCommand(
  context: CriContext,
  id: string,
  options: LiveOptions & { readonly command: readonly string[] },
): Promise<LiveProcess> {
  const containerId = runningContainer(context, id, 'ExecError');
  const request = { containerId, cmd: options.command, ...wanted(options) };
  const { url } = await asked(context.connection.call('Exec', request), 'ExecError');
  return openExec(url, options, context.clock);
}

/** Joins the container's own streams. Rejects with RuntimeError AttachError. */
export async function attachTo(context: CriContext, id: string, options: LiveOptions): Promise<LiveProcess> {
  const containerId = runningContainer(context, id, 'AttachError');
  const { url } = await asked(context.connection.call('Attach', { containerId, ...wanted(options) }), 'AttachError');
  return openAttach(url, options, context.clock);
}

/** Connects to a port of a Pod. Rejects with RuntimeError ConnectError. */
export async function connectTo(context: CriContext, uid: string, port: number): Promise<Duplex> {
  const sandbox = context.known.sandboxesOf(uid).find(({ ready }) => ready);
  if (sandbox === undefined) throw new RuntimeError('ConnectError', 'the Pod does not run');
  const request = { podSandboxId: sandbox.criId, port: [port] };
  const { url } = await asked(context.connection.call('PortForward', request), 'ConnectError');
  return openPort(url, port);
}

function runningContainer({ known }: CriContext, id: string, reason: string): string {
  const found = known.container(id);
  if (found?.observation.state !== 'running') throw new RuntimeError(reason, 'the container does not run');
  return found.criId;
}

/** A terminal has one output. */
const wanted = ({ stdin, tty }: LiveOptions) => ({ stdin, tty, stdout: true, stderr: !tty });

function asked<T>(answer: Promise<T>, reason: string): Promise<T> {
  return answer.catch((error: unknown) => {
    const why = isUnavailable(error) ? 'the container runtime cannot be reached' : String((error as Error).message);
    throw new RuntimeError(reason, why, { cause: error });
  });
}
