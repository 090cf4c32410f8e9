/** Which objects a list, watch or deletecollection means, and what a change is to somebody who sees only those. */
import { ApiError, badRequest } from '../api/errors.ts';
import type { KubeObject } from '../api/object.ts';
import type { FieldTerm, LabelMatcher } from '../api/selector.ts';
import type { ResourceInfo } from '../kinds/kind.ts';
import type { Change, Entry, Selection, WatchEvent } from './registry.ts';

/** A selection, ready to be asked. */
export interface Filter {
  readonly namespace: string | undefined;
  readonly name: string | undefined;
  /** Terms on spec.nodeName of Pods are answered from an index. */
  readonly node: string | undefined;
  readonly labels: LabelMatcher | undefined;
  readonly terms: readonly FieldTerm[];
  /** The fields the terms name, in the version that was asked for; undefined when nobody knows them. */
  readonly fieldsOf: (entry: Entry) => Readonly<Record<string, string>> | undefined;
}

/** Objects in the version that was asked for. */
export type Served = (info: ResourceInfo, entry: Entry) => KubeObject;

/** Checks the field names of a selection against the kind; throws BadRequest for one that cannot be selected. */
export function makeFilter(info: ResourceInfo, selection: Selection, served?: Served): Filter {
  let { namespace, name } = selection;
  let node: string | undefined;
  const terms: FieldTerm[] = [];
  for (const term of selection.fields ?? []) {
    const generic = term.field === 'metadata.name' || (term.field === 'metadata.namespace' && info.namespaced);
    if (!generic && !info.strategy.selectable.includes(term.field)) throw unsupported(info, term.field);
    if (term.field === 'metadata.name' && term.equal && name === undefined) name = term.value;
    else if (term.field === 'metadata.namespace' && term.equal && namespace === undefined) namespace = term.value;
    else if (info.resource === 'pods' && term.field === 'spec.nodeName' && term.equal && term.value !== '')
      node = term.value;
    else terms.push(term);
  }
  const labels = selection.labels?.text === '' ? undefined : selection.labels;
  const fieldsOf = (entry: Entry): Readonly<Record<string, string>> | undefined => {
    if (info.custom === undefined || served === undefined) return entry.info.strategy.selectableFields(entry.glance());
    try {
      return info.strategy.selectableFields(served(info, entry));
    } catch (error) {
      // what its webhook did not convert belongs to no selection of this version
      if (error instanceof ApiError) return undefined;
      throw error;
    }
  };
  return { namespace, name, node, labels, terms, fieldsOf };
}

function unsupported(info: ResourceInfo, field: string): Error {
  const text = `field label not supported: ${field}`;
  const known = `"${field}" is not a known field selector: only "metadata.name", "metadata.namespace"`;
  return badRequest(info.strategy.selectable.length > 0 || info.custom !== undefined ? text : known);
}

/** Does the entry belong to the selection? */
export function matches(filter: Filter, entry: Entry): boolean {
  if (filter.name !== undefined && entry.name !== filter.name) return false;
  if (filter.namespace !== undefined && entry.namespace !== filter.namespace) return false;
  if (filter.labels !== undefined && !filter.labels.matches(entry.labels)) return false;
  if (filter.node !== undefined && (entry as { node?: string }).node !== filter.node) return false;
  return filter.terms.length === 0 || matchesTerms(filter, entry);
}

function matchesTerms({ terms, fieldsOf }: Filter, entry: Entry): boolean {
  const fields = fieldsOf(entry);
  if (fields === undefined) return false;
  const value = (field: string): string => {
    if (field === 'metadata.name') return entry.name;
    if (field === 'metadata.namespace') return entry.namespace;
    return fields[field] ?? '';
  };
  return terms.every((term) => (value(term.field) === term.value) === term.equal);
}

/** What a change means to a watch: an object that enters its selection is ADDED, one that leaves is DELETED. */
export function transition(filter: Filter, change: Change): WatchEvent | undefined {
  const { entry, previous } = change;
  if (change.type === 'DELETED') {
    return matches(filter, previous ?? entry) ? { type: 'DELETED', change, entry } : undefined;
  }
  const now = matches(filter, entry);
  const before = previous !== undefined && matches(filter, previous);
  if (now) return { type: before ? 'MODIFIED' : 'ADDED', change, entry };
  return before ? { type: 'DELETED', change, entry } : undefined;
}
