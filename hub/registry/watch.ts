/** Starting a watch: what it is told first, from which revision on, and then every change. */
import { ApiError, badRequest } from '../api/errors.ts';
import type { ResourceRef } from '../api/resource.ts';
import type { Catalogue } from '../kinds/kind.ts';
import { type ListSource, listEntries, tooLarge } from './list.ts';
import type { WatchEvent, WatchOptions, WatchSink } from './registry.ts';
import { makeFilter, transition } from './selection.ts';
import type { Watchers } from './watchers.ts';
import { infoOf } from './write-path.ts';

/** What a watch reads. */
export interface WatchSource extends ListSource {
  readonly catalogue: Catalogue;
  readonly watchers: Watchers;
}

/** How many first events are delivered at once. */
const chunk = 500;

/** Starts a watch. The first events are delivered before this returns; nothing can fall in between. */
export function startWatch(source: WatchSource, ref: ResourceRef, options: WatchOptions, sink: WatchSink): () => void {
  const info = infoOf(source.catalogue, ref);
  const filter = makeFilter(info, options, source.served);
  const from = startRevision(options);
  if (from > source.head) throw tooLarge(from, source.head);
  // API: sendInitialEvents lists first; without it only unset and 0 do
  const initial = options.initialEvents ?? from === 0;
  const first = initial ? currentEvents(source, ref, options) : sinceThen(source, ref, filter, from);
  if (options.initialEvents === true && options.bookmarks === true) {
    first.push({ type: 'BOOKMARK', revision: source.head, initialEventsEnd: true });
  }
  for (let start = 0; start < first.length; start += chunk) {
    if (!sink(first.slice(start, start + chunk))) return () => {};
  }
  return source.watchers.add(info.storage, filter, sink);
}

function startRevision(options: WatchOptions): number {
  const text = options.resourceVersion ?? '';
  if (text === '') return 0;
  if (!/^\d{1,15}$/.test(text)) throw badRequest(`invalid resource version "${text}"`);
  return Number(text);
}

function currentEvents(source: WatchSource, ref: ResourceRef, options: WatchOptions): WatchEvent[] {
  const info = infoOf(source.catalogue, ref);
  const { namespace, name, labels, fields } = options;
  const selection = {
    ...(namespace === undefined ? {} : { namespace }),
    ...(name === undefined ? {} : { name }),
    ...(labels === undefined ? {} : { labels }),
    ...(fields === undefined ? {} : { fields }),
  };
  return listEntries(source, info, selection).entries.map((entry) => ({
    type: 'ADDED',
    entry,
    change: { type: 'ADDED', revision: entry.revision, entry, previous: undefined },
  }));
}

/** API: a watch that wants no first events and names no revision begins now. */
function sinceThen(
  source: WatchSource,
  ref: ResourceRef,
  filter: ReturnType<typeof makeFilter>,
  from: number,
): WatchEvent[] {
  return from === 0 ? [] : missedEvents(source, ref, filter, from);
}

function missedEvents(
  source: WatchSource,
  ref: ResourceRef,
  filter: ReturnType<typeof makeFilter>,
  from: number,
): WatchEvent[] {
  const info = infoOf(source.catalogue, ref);
  const changes = source.history.since(info.storage, from);
  if (changes === undefined) {
    const oldest = source.history.oldest(info.storage);
    throw new ApiError('Expired', `too old resource version: ${from} (${oldest})`);
  }
  const events: WatchEvent[] = [];
  for (const change of changes) {
    const event = transition(filter, change);
    if (event !== undefined) events.push(event);
  }
  return events;
}
