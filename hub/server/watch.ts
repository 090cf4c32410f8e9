/** Watches: changes of a collection as they are committed. */
import { ApiError, hasReason } from '../api/errors.ts';
import type { Call } from './call.ts';
import { watchOptions } from './list-options.ts';
import { contentTypes, headFields } from './respond.ts';
import type { Route } from './route.ts';
import type { Services } from './services.ts';
import { includeOf } from './table.ts';
import { WatchStream } from './watch-stream.ts';

/** A watch without timeoutSeconds lasts this long, up to twice as long, in seconds. */
const shortest = 1800;

/** Starts a watch; it lives until its time is over, its client leaves or falls behind, or the server stops. */
export function watch(services: Services, call: Call, route: Route): void {
  const { registry, watches, clock } = services;
  if (call.format.encoding !== 'json') {
    throw new ApiError('NotAcceptable', 'only the following media types are accepted: application/json');
  }
  const { watch: options, seconds } = watchOptions(call, registry.head().revision);
  const include = call.format.as === 'table' ? includeOf(call) : 'Metadata';
  const frames = watches.frames({ info: route.info, format: call.format, include });
  const { res } = call;
  const { socket } = res;
  if (socket === null) {
    res.destroy();
    return;
  }
  let stop: (() => void) | undefined;
  let cancel: (() => void) | undefined;
  const stream = new WatchStream({
    res,
    socket,
    frames,
    bookmarks: options.bookmarks === true,
    tables: call.format.as === 'table',
    onEnd: () => {
      watches.remove(stream);
      cancel?.();
      stop?.();
    },
  });
  const begin = (): void => {
    const fields = headFields(call, contentTypes.json, -1);
    fields.push('Transfer-Encoding', 'chunked');
    res.writeHead(200, fields);
    res.flushHeaders();
  };
  let begun = false;
  try {
    stop = registry.watch(route.info, options, (events) => {
      if (!begun) begin();
      begun = true;
      if (stream.push(events)) {
        watches.forgetSoon();
        return true;
      }
      return false;
    });
  } catch (error) {
    if (!hasReason(error, 'Expired', 'Gone') && !begun) {
      stream.abandon();
      throw error;
    }
    // API: a watch from too long ago starts, says so in an event, and ends.
    if (!begun) begin();
    stream.end(error);
    return;
  }
  if (!begun) begin();
  begun = true;
  stream.started();
  if (stream.ended) {
    stop();
    return;
  }
  watches.add(stream);
  const lasts = (seconds ?? shortest + (clock.now() % shortest)) * 1000;
  cancel = clock.after(lasts, () => stream.end());
}
