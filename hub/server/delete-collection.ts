/** DELETE of a collection. */
import type { Call } from './call.ts';
import { deleteOptions, warnOfOrphans } from './delete-options.ts';
import { listOptions } from './list/list-options.ts';
import { sendEntries } from './list/list.ts';
import type { Route } from './route.ts';
import type { Services } from './services.ts';

/** Deletes every object a request selects, and answers with them. */
export async function removeCollection(services: Services, call: Call, route: Route): Promise<void> {
  const { registry } = services;
  const selection = listOptions(call, registry.head().revision);
  const options = await deleteOptions(services, call);
  warnOfOrphans(call, route.info, options);
  const entries = await registry.deleteCollection(route.info, { ...options, selection });
  await sendEntries(services, call, route.info, entries, { resourceVersion: String(registry.head().revision) });
}
