/** Parameters of policies: the objects a binding refers to. */
import type { ParamKind, ParamRef } from '../../../api/admission-policy.ts';
import type { KubeObject } from '../../../api/object.ts';
import { parseApiVersion } from '../../../api/resource.ts';
import { labelSelectorMatcher } from '../../../api/selector.ts';
import type { ResourceInfo } from '../../../kinds/kind.ts';
import type { Entry } from '../../registry.ts';
import type { Reader } from '../forbid.ts';
import type { PolicyOptions } from './policy-options.ts';

/** Where parameters are read. */
export type ParamSource = Pick<PolicyOptions, 'catalogue' | 'served' | 'ready'> & { readonly reader: Reader };

/** The resource of a kind of parameters. Throws an Error when there is none. */
export function paramInfo({ catalogue }: ParamSource, { apiVersion = '', kind = '' }: ParamKind): ResourceInfo {
  const { group, version } = parseApiVersion(apiVersion);
  const info = catalogue.byKind(group, version, kind);
  if (info !== undefined) return info;
  throw new Error(`failed to find resource referenced by paramKind: '${group}/${version}, Kind=${kind}'`);
}

function namespaceFor(info: ResourceInfo, ref: ParamRef, namespace: string): string {
  if (!info.namespaced) {
    if (ref.namespace) throw new Error('paramRef.namespace must not be provided for a cluster-scoped `paramKind`');
    return '';
  }
  const used = ref.namespace || namespace;
  if (used !== '') return used;
  throw new Error('cannot use namespaced paramRef in policy binding that matches cluster-scoped resources');
}

function entriesOf(reader: Reader, info: ResourceInfo, ref: ParamRef, namespace: string): Entry[] {
  if (ref.name) {
    const entry = reader.get(info, namespace, ref.name);
    return entry === undefined ? [] : [entry];
  }
  const selector = labelSelectorMatcher(ref.selector ?? {});
  const all = [...reader.entries(info, info.namespaced ? namespace : undefined)];
  return all.filter((entry) => selector.matches(entry.labels)).sort((a, b) => (a.name < b.name ? -1 : 1));
}

/**
 * The parameters a binding is evaluated with, once for each; undefined stands for none. Throws an Error when they
 * cannot be found and the binding does not allow that. `namespace` is that of the request.
 */
export async function collectParams(
  source: ParamSource,
  info: ResourceInfo | undefined,
  ref: ParamRef | undefined,
  namespace: string,
): Promise<readonly (KubeObject | undefined)[]> {
  if (info === undefined || ref === undefined) return [undefined];
  const entries = entriesOf(source.reader, info, ref, namespaceFor(info, ref, namespace));
  if (entries.length === 0 && ref.parameterNotFoundAction === 'Deny') {
    throw new Error('no params found for policy binding with `Deny` parameterNotFoundAction');
  }
  await source.ready(info, entries);
  return entries.map((entry) => source.served(info, entry));
}
