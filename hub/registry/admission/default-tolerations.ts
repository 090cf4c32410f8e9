/** DefaultTolerationSeconds: a Pod stays five minutes on a node that is gone, unless it says otherwise. */
import type { Pod } from '../../api/pod.ts';
import type { Toleration } from '../../api/scheduling.ts';
import type { AdmissionPlugin, AdmissionRequest } from '../registry.ts';
import { isPod } from './forbid.ts';

const seconds = 300;
const taints = ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable'];

function tolerates(toleration: Toleration, key: string): boolean {
  const { key: own = '', effect = '' } = toleration;
  return (own === key || own === '') && (effect === 'NoExecute' || effect === '');
}

/** The plugin. */
export const defaultTolerations: AdmissionPlugin = {
  name: 'DefaultTolerationSeconds',
  handles: (request) => isPod(request) && (request.operation === 'CREATE' || request.operation === 'UPDATE'),
  mutate(request: AdmissionRequest) {
    const { spec } = request.object as unknown as Pod;
    const given = spec.tolerations ?? [];
    const missing = taints.filter((key) => !given.some((toleration) => tolerates(toleration, key)));
    if (missing.length === 0) return;
    const added = missing.map((key) => ({ key, operator: 'Exists', effect: 'NoExecute', tolerationSeconds: seconds }));
    spec.tolerations = [...given, ...added];
  },
};
