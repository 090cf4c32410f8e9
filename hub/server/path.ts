/** URL paths: what a request is about, as the API server's RequestInfo says it. */
import { badRequest } from '../api/errors.ts';

/** A path below /api or /apis that names a resource. Strings that the path does not have are empty. */
export interface ResourceTarget {
  readonly group: string;
  readonly version: string;
  readonly namespace: string;
  readonly resource: string;
  readonly name: string;
  readonly subresource: string;
  /** What follows the subresource, with its leading slash (proxy paths). */
  readonly rest: string;
  /** API: the deprecated /watch/ form. */
  readonly watch: boolean;
}

/** The path as the server routes it: escapes resolved, because names are compared after that. */
export function decodedPath(path: string): string {
  if (!path.includes('%')) return path;
  try {
    return decodeURIComponent(path);
  } catch {
    throw badRequest(`invalid URL escape in ${JSON.stringify(path)}`);
  }
}

/** The segment of `path` that starts at `from`. */
function segment(path: string, from: number): string {
  const end = path.indexOf('/', from);
  return end < 0 ? path.slice(from) : path.slice(from, end);
}

/** The resource a decoded path names, or undefined when it is a path outside the resources (discovery, /version …). */
export function parseTarget(path: string): ResourceTarget | undefined {
  let group = '';
  let at: number;
  if (path.startsWith('/api/')) at = 5;
  else if (path.startsWith('/apis/')) {
    group = segment(path, 6);
    at = 7 + group.length;
    if (group === '') return undefined;
  } else return undefined;
  const version = segment(path, at);
  at += version.length + 1;
  if (version === '' || at >= path.length) return undefined;
  let resource = segment(path, at);
  const watch = resource === 'watch' && at + 6 < path.length;
  if (watch) {
    at += 6;
    resource = segment(path, at);
  }
  let namespace = '';
  if (resource === 'namespaces') {
    const name = segment(path, at + 11);
    const next = at + 12 + name.length;
    const below = name === '' || next >= path.length ? '' : segment(path, next);
    // API: status and finalize belong to the Namespace itself, everything else is inside it.
    if (below !== '' && below !== 'status' && below !== 'finalize') {
      namespace = name;
      at = next;
      resource = below;
    }
  }
  at += resource.length + 1;
  if (at >= path.length) return target(group, version, namespace, resource, '', '', '', watch);
  const name = segment(path, at);
  at += name.length + 1;
  if (at >= path.length) return target(group, version, namespace, resource, name, '', '', watch);
  const subresource = segment(path, at);
  at += subresource.length;
  return target(group, version, namespace, resource, name, subresource, path.slice(at), watch);
}

function target(
  group: string,
  version: string,
  namespace: string,
  resource: string,
  name: string,
  subresource: string,
  rest: string,
  watch: boolean,
): ResourceTarget {
  return { group, version, namespace, resource, name, subresource, rest, watch };
}
