/** What a streaming server says at the end: a metav1.Status with the exit code, or why there is none. Pure. */

/** An exit code, or the server's words for what went wrong. */
export type StreamEnd = { readonly code: number } | { readonly failure: string };

interface Cause {
  readonly reason?: unknown;
  readonly message?: unknown;
}

/** Reads the text of the error stream. API: v4.channel.k8s.io. */
export function parseStreamEnd(text: string): StreamEnd {
  let status: { status?: unknown; reason?: unknown; message?: unknown; details?: { causes?: unknown } };
  try {
    status = JSON.parse(text);
  } catch {
    return { failure: text === '' ? 'the connection to the container runtime broke' : text };
  }
  if (status?.status === 'Success') return { code: 0 };
  const causes = Array.isArray(status?.details?.causes) ? (status.details.causes as Cause[]) : [];
  const exit = causes.find(({ reason }) => reason === 'ExitCode')?.message;
  if (status?.reason === 'NonZeroExitCode' && typeof exit === 'string' && /^\d{1,3}$/.test(exit))
    return { code: Number(exit) };
  return { failure: typeof status?.message === 'string' ? withoutPrefix(status.message) : text };
}

/** The Status of an internal error says so in front; whoever makes a new one of it says it again. */
function withoutPrefix(message: string): string {
  const prefix = 'Internal error occurred: ';
  return message.startsWith(prefix) ? message.slice(prefix.length) : message;
}
