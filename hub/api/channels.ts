/** Channels of a tunnel's frames, and how windows and ends travel on them. */

/**
 * 0 to 4 and 255 as in v5.channel.k8s.io. `started`, from the node, is the first frame of exec, attach, portforward and kubelet:
 * an error after it comes too late for an HTTP answer. `credit`, from the node: so many bytes of stdin were taken.
 */
export const channels = {
  stdin: 0,
  stdout: 1,
  stderr: 2,
  /** A metav1.Status in JSON. */
  error: 3,
  /** JSON: {"Width":80,"Height":24}. */
  resize: 4,
  /** A KubeletHead in JSON, before the body on `stdout`. */
  head: 249,
  started: 250,
  credit: 251,
  /** Its one byte names the channel that ended. */
  end: 255,
} as const;

/** So many bytes of stdin may be on their way to a node before it says that it took some. */
export const stdinWindow = 256 * 1024;

/** The reason of a Status that carries a command's exit code. API: metav1 has no such reason, kubectl knows it. */
const nonZeroExit = 'NonZeroExitCode';

/** The Status that ends exec and attach. */
export function exitStatus(code: number): object {
  if (code === 0) return { metadata: {}, status: 'Success' };
  return {
    metadata: {},
    status: 'Failure',
    message: `command terminated with non-zero exit code: exit status ${code}`,
    reason: nonZeroExit,
    details: { causes: [{ reason: 'ExitCode', message: String(code) }] },
  };
}

/** A credit frame's payload. */
export function creditBytes(bytes: number): Buffer {
  const payload = Buffer.alloc(4);
  payload.writeUInt32BE(bytes);
  return payload;
}
