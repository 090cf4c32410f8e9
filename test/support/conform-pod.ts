/** Makes a Pod what the API would make of its JSON, for tests of the link. */
import type { Pod } from '../../hub/api/pod.ts';
import { createConformer } from '../../hub/kinds/conform.ts';
import { loadSchemas } from '../../hub/kinds/load-schemas.ts';

const conformer = createConformer(loadSchemas());

/** In place; throws when it is none. */
export function conformPod(pod: Pod): void {
  conformer.conform('io.k8s.api.core.v1.Pod', pod);
}
