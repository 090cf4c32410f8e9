/** DELETE of one object. */
import type { ResourceInfo } from '../kinds/kind.ts';
import type { Entry } from '../registry/registry.ts';
import type { Call } from './call.ts';
import { deleteOptions, warnOfOrphans } from './delete-options.ts';
import { sendEntry } from './get.ts';
import { sendValue } from './respond.ts';
import type { Route } from './route.ts';
import type { Services } from './services.ts';

/** Resources whose deletion answers with the object that went, not with a Status. */
const answersObject = new Set([
  'pods',
  'podtemplates',
  'persistentvolumes',
  'persistentvolumeclaims',
  'resourcequotas',
  'serviceaccounts',
  'services',
  'csidrivers.storage.k8s.io',
  'csinodes.storage.k8s.io',
  'storageclasses.storage.k8s.io',
  'volumeattachments.storage.k8s.io',
]);

/** Deletes an object, or marks it for deletion. */
export async function remove(services: Services, call: Call, route: Route): Promise<void> {
  const { target } = call;
  if (target === undefined) return;
  const { info } = route;
  const options = await deleteOptions(services, call);
  warnOfOrphans(call, info, options);
  const { entry, outcome } = await services.registry.delete(info, target.namespace, target.name, options);
  const key = info.group === '' ? info.resource : `${info.resource}.${info.group}`;
  if (outcome !== 'deleted' || answersObject.has(key)) sendEntry(services, call, route, 200, entry);
  else sendValue(call, 200, deleted(info, entry));
}

/** The Status of a completed deletion. */
function deleted(info: ResourceInfo, entry: Entry): object {
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Success',
    details: {
      name: entry.name,
      ...(info.group === '' ? {} : { group: info.group }),
      kind: info.resource,
      uid: entry.uid,
    },
  };
}
