/** Lists: consistent pages in key order, also of a moment in the recent past. */
import { ApiError, badRequest } from '../api/errors.ts';
import type { ResourceRef } from '../api/resource.ts';
import type { ResourceInfo } from '../kinds/kind.ts';
import type { History } from './history.ts';
import type { ObjectIndex } from './object-index.ts';
import type { Entry, ListOptions, ListResult } from './registry.ts';
import { type Filter, makeFilter, matches, type Served } from './selection.ts';
import { positionAfter } from './sorted-names.ts';

/** What a list reads. */
export interface ListSource {
  readonly index: ObjectIndex;
  readonly history: History;
  readonly head: number;
  readonly served: Served;
}

/** Where a page goes on: after this object, at this revision (0: whatever is current). */
interface Position {
  revision: number;
  namespace: string;
  name: string;
}

/** Runs a list. Throws BadRequest for bad options, Expired for a revision that is no longer known. */
export function listEntries(source: ListSource, info: ResourceInfo, options: ListOptions): ListResult {
  const filter = makeFilter(info, options, source.served);
  const start = options.continue ? decodeContinue(options.continue) : undefined;
  const exact = exactRevision(options);
  const wanted = start === undefined ? exact : start.revision;
  const revision = wanted === undefined || wanted === 0 ? source.head : wanted;
  if (revision > source.head) throw tooLarge(revision, source.head);
  const page = collect(source, info.storage, filter, { start, limit: options.limit ?? 0, revision });
  return { revision, ...page };
}

/** API: resourceVersionMatch=Exact asks for one moment; NotOlderThan and unset for anything as new. */
function exactRevision(options: ListOptions): number | undefined {
  return options.resourceVersionMatch === 'Exact' ? Number(options.resourceVersion) : undefined;
}

/** 504 for a revision that is not there yet; clients wait a second and ask again. */
export function tooLarge(revision: number, head: number): ApiError {
  const message = `Too large resource version: ${revision}, current: ${head}`;
  return new ApiError('Timeout', `Timeout: ${message}`, {
    details: {
      causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
      retryAfterSeconds: 1,
    },
  });
}

function collect(
  source: ListSource,
  ref: ResourceRef,
  filter: Filter,
  page: { start: Position | undefined; limit: number; revision: number },
): Omit<ListResult, 'revision'> {
  const past = pastStates(source, ref, page.revision, page.start);
  const entries: Entry[] = [];
  let last: Entry | undefined;
  for (const entry of candidates(source, ref, filter, page.start, past)) {
    if (!matches(filter, entry)) continue;
    if (page.limit > 0 && entries.length === page.limit) {
      last = entries.at(-1);
      break;
    }
    entries.push(entry);
  }
  if (last === undefined) return { entries };
  const position = { revision: page.revision, namespace: last.namespace, name: last.name };
  // API: a selection does not tell how many are left
  const plain = [filter.labels, filter.node, filter.name, filter.terms[0]].every((one) => one === undefined);
  const token = encodeContinue(position);
  if (!plain) return { entries, continue: token };
  return { entries, continue: token, remaining: countAfter(source, ref, filter.namespace, position, past) };
}

/** How many objects there were after a position: what is there now, corrected by what has changed since. */
function countAfter(
  source: ListSource,
  ref: ResourceRef,
  within: string | undefined,
  position: Position,
  past: ReadonlyMap<string, Past>,
): number {
  let count = 0;
  for (const { namespace, shelf } of source.index.shelves(ref, within)) {
    if (namespace > position.namespace) count += shelf.entries.size;
    else if (namespace === position.namespace) {
      const names = shelf.names();
      count += names.length - positionAfter(names, position.name);
    }
  }
  for (const { was, namespace, name } of past.values()) {
    if ((within !== undefined && namespace !== within) || !isAfter({ namespace, name }, position)) continue;
    if (source.index.get(ref, namespace, name) !== undefined) count -= 1;
    if (was !== undefined) count += 1;
  }
  return count;
}

/** An object that has changed, as it was; `was` is undefined when it was not there. */
interface Past {
  readonly namespace: string;
  readonly name: string;
  readonly was: Entry | undefined;
}

/** Objects that changed after `revision`, as they were then. */
function pastStates(
  source: ListSource,
  ref: ResourceRef,
  revision: number,
  start: Position | undefined,
): Map<string, Past> {
  const past = new Map<string, Past>();
  if (revision === source.head) return past;
  const changes = source.history.since(ref, revision);
  if (changes === undefined) throw expired(start);
  for (const change of changes) {
    const { namespace, name } = change.entry;
    const key = `${namespace}/${name}`;
    if (!past.has(key)) past.set(key, { namespace, name, was: change.previous });
  }
  return past;
}

/** 410 with a token that goes on without consistency. API: clients may continue from `metadata.continue` of the Status. */
function expired(start: Position | undefined): ApiError {
  if (start === undefined) {
    return new ApiError('Expired', 'The resourceVersion for the provided list is too old.');
  }
  const message =
    'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.';
  return new ApiError('Expired', message, { resume: encodeContinue({ ...start, revision: 0 }) });
}

/** Entries in key order after `start`, with the past laid over the present. */
function candidates(
  source: ListSource,
  ref: ResourceRef,
  filter: Filter,
  start: Position | undefined,
  past: ReadonlyMap<string, Past>,
): Iterable<Entry> {
  const now = present(source, ref, filter, start);
  return past.size === 0 ? now : overlaid(now, start, past);
}

function present(source: ListSource, ref: ResourceRef, filter: Filter, start: Position | undefined): Iterable<Entry> {
  if (filter.name !== undefined && filter.namespace !== undefined) {
    const entry = source.index.get(ref, filter.namespace, filter.name);
    return entry !== undefined && isAfter(entry, start) ? [entry] : [];
  }
  if (filter.node !== undefined) return inOrder(source.index.onNode(filter.node).values(), start);
  return shelved(source, ref, filter.namespace, start);
}

/** Entries of the present, shelf by shelf: nothing is sorted or copied. */
function* shelved(
  source: ListSource,
  ref: ResourceRef,
  within: string | undefined,
  start: Position | undefined,
): Iterable<Entry> {
  for (const { namespace, shelf } of source.index.shelves(ref, within)) {
    if (start !== undefined && namespace < start.namespace) continue;
    const names = shelf.names();
    const from = start !== undefined && namespace === start.namespace ? positionAfter(names, start.name) : 0;
    for (let position = from; position < names.length; position += 1) {
      const entry = shelf.entries.get(names[position] ?? '');
      if (entry !== undefined) yield entry;
    }
  }
}

function isAfter(entry: Pick<Entry, 'namespace' | 'name'>, start: Position | undefined): boolean {
  if (start === undefined || entry.namespace > start.namespace) return true;
  return entry.namespace === start.namespace && entry.name > start.name;
}

const isBefore = (a: Entry, b: Entry): boolean =>
  a.namespace === b.namespace ? a.name < b.name : a.namespace < b.namespace;

function inOrder(entries: Iterable<Entry>, start: Position | undefined): Entry[] {
  return [...entries].filter((entry) => isAfter(entry, start)).sort((a, b) => (isBefore(a, b) ? -1 : 1));
}

/** Both in key order, so only what changed is sorted, and a page reads no further than it must. */
function* overlaid(
  now: Iterable<Entry>,
  start: Position | undefined,
  past: ReadonlyMap<string, Past>,
): Iterable<Entry> {
  const changed: Entry[] = [];
  for (const { was } of past.values()) if (was !== undefined) changed.push(was);
  const earlier = inOrder(changed, start);
  let next = 0;
  for (const entry of now) {
    if (past.has(`${entry.namespace}/${entry.name}`)) continue;
    for (let other = earlier[next]; other !== undefined && isBefore(other, entry); other = earlier[next]) {
      yield other;
      next += 1;
    }
    yield entry;
  }
  yield* earlier.slice(next);
}

function encodeContinue(position: Position): string {
  const token = { v: 'meta.k8s.io/v1', rv: position.revision, start: `${position.namespace}/${position.name}` };
  return Buffer.from(JSON.stringify(token)).toString('base64url');
}

function decodeContinue(text: string): Position {
  const bytes = Buffer.from(text, 'base64url').toString();
  let token: { v?: unknown; rv?: unknown; start?: unknown };
  try {
    token = JSON.parse(bytes) as typeof token;
  } catch {
    throw badContinue(`invalid character '${bytes[0] ?? ''}' looking for beginning of value`);
  }
  if (token?.v !== 'meta.k8s.io/v1')
    throw badContinue(`server does not recognize this encoded version ${String(token?.v)}`);
  const slash = typeof token.start === 'string' ? token.start.indexOf('/') : -1;
  if (typeof token.start !== 'string' || slash < 0 || !Number.isSafeInteger(token.rv)) {
    throw badContinue('incorrect encoded start resourceVersion (version meta.k8s.io/v1)');
  }
  return { revision: Number(token.rv), namespace: token.start.slice(0, slash), name: token.start.slice(slash + 1) };
}

function badContinue(why: string): ApiError {
  return badRequest(`invalid continue token: continue key is not valid: ${why}`);
}
