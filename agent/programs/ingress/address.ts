/** Where a request wants to go, read from what a client may write anything into. Pure. */

/** What a request is for. */
export interface Target {
  /** In lower case, without the port; empty when the client names none. */
  readonly host: string;
  /** Without the query, as it was written. */
  readonly path: string;
  /** What is asked of the backend: the path with its query. */
  readonly asked: string;
}

const dots = /^(\.|%2e){1,2}$/i;

/**
 * Reads the first line and the Host of a request; undefined for what no backend is asked. Paths with `.` and `..` are among those:
 * a backend would take them for another path than the one that was matched.
 */
export function targetOf(url: string, hostHeader: string | undefined): Target | undefined {
  const [, authority, rest] = /^https?:\/\/([^/?#]*)(.*)$/i.exec(url) ?? [];
  const asked = rest === undefined ? url : rest.startsWith('/') ? rest : `/${rest}`;
  if (!asked.startsWith('/') || asked.includes('#')) return undefined;
  const [path = ''] = asked.split('?', 1);
  if (path.split('/').some((part) => dots.test(part))) return undefined;
  const host = hostOf(authority ?? hostHeader ?? '');
  return host === undefined ? undefined : { host, path, asked };
}

/** API: the port of a Host is no part of what rules compare. */
function hostOf(text: string): string | undefined {
  const [, host] = /^(\[[0-9a-f:.]*\]|[^:@[\]]*)(?::\d*)?$/i.exec(text) ?? [];
  return host?.toLowerCase().replace(/\.$/, '');
}
