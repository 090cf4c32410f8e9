/** Watches: changes of a collection as they are committed. */
import { ApiError, hasReason } from '../../api/errors.ts';
import type { Call } from '../call.ts';
import { watchOptions } from '../list/list-options.ts';
import { contentTypes, headFields } from '../respond.ts';
import type { WatchEvent } from '../../registry/registry.ts';
import type { Route } from '../route.ts';
import type { Services } from '../services.ts';
import { includeOf } from '../table.ts';
import { watchOut } from './watch-out.ts';
import { WatchStream } from './watch-stream.ts';

/** A watch without timeoutSeconds lasts this long, up to twice as long, in seconds. */
const shortest = 1800;

/** API: so long before its end a watch says how far it is, in milliseconds. Its client goes on from there. */
const lastWord = 2000;

/** Starts a watch; it lives until its time is over, its client leaves or falls behind, or the server stops. */
export function watch(services: Services, call: Call, route: Route): void {
  const { registry, watches, clock } = services;
  const { res, format } = call;
  if (format.encoding === 'yaml') {
    const types = `${contentTypes.json}, ${contentTypes.protobuf}`;
    throw new ApiError('NotAcceptable', `only the following media types are accepted: ${types}`);
  }
  const { watch: options, seconds } = watchOptions(call, registry.head().revision);
  const include = format.as === 'table' ? includeOf(call) : 'Metadata';
  const out = watchOut(res);
  if (out === undefined) {
    res.destroy();
    return;
  }
  const leave = watches.enter(call.user);
  let stop: (() => void) | undefined;
  let cancel: (() => void) | undefined;
  const stream = new WatchStream({
    res,
    out,
    frames: watches.frames({ info: route.info, format, include }),
    bookmarks: options.bookmarks === true,
    tables: format.as === 'table',
    onEnd: () => {
      leave();
      watches.remove(stream);
      cancel?.();
      stop?.();
    },
  });
  let failure: ApiError | undefined;
  try {
    stop = registry.watch(route.info, options, (events) => {
      if (!pushed(stream, events)) return false;
      watches.flushSoon(stream);
      return true;
    });
  } catch (error) {
    if (!hasReason(error, 'Expired', 'Gone')) {
      stream.abandon();
      throw error;
    }
    failure = error;
  }
  begin(call);
  // API: a watch from too long ago starts, says so in an event, and ends.
  if (failure !== undefined) {
    stream.end(failure);
    return;
  }
  watches.add(stream);
  const lasts = (seconds ?? shortest + (clock.now() % shortest)) * 1000;
  const end = (): void => stream.end();
  if (!stream.bookmarks || lasts <= lastWord) cancel = clock.after(lasts, end);
  else {
    cancel = clock.after(lasts - lastWord, () => {
      stream.flush();
      stream.bookmark(registry.head().revision);
      cancel = clock.after(lastWord, end);
    });
  }
  stream.started();
}

/** What a webhook did not convert cannot be sent: the watch ends with the reason, and its client lists again. */
function pushed(stream: WatchStream, events: readonly WatchEvent[]): boolean {
  try {
    return stream.push(events);
  } catch (error) {
    stream.end(error);
    return false;
  }
}

function begin(call: Call): void {
  const streamType = call.format.codec === undefined ? contentTypes.json : `${contentTypes.protobuf};stream=watch`;
  const fields = headFields(call, streamType, -1);
  fields.push('Transfer-Encoding', 'chunked');
  call.res.writeHead(200, fields);
  call.res.flushHeaders();
}
