/** The RuntimeClass handlers of host processes. */
import { RuntimeError } from '../runtime.ts';

/** Refuses a handler that is another runtime's, in the words of containerd for one it does not know. */
export function refuseHandler(handler: string): void {
  if (handler === '' || handler === 'process') return;
  const message = `Failed to create pod sandbox: failed to get sandbox runtime: no runtime for "${handler}" is configured`;
  throw new RuntimeError('CreatePodSandboxError', message);
}
