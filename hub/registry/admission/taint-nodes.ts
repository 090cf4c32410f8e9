/** TaintNodesByCondition: a new node takes no Pods until it is known to be ready. */
import type { Node } from '../../api/node.ts';
import type { AdmissionPlugin, AdmissionRequest } from '../registry.ts';

const notReady = { key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' };

/** The plugin. */
export const taintNodes: AdmissionPlugin = {
  name: 'TaintNodesByCondition',
  handles: (request) =>
    request.operation === 'CREATE' &&
    request.info.resource === 'nodes' &&
    request.info.group === '' &&
    request.subresource === '',
  mutate(request: AdmissionRequest) {
    const node = request.object as unknown as Node;
    node.spec ??= {};
    const taints = node.spec.taints ?? [];
    if (taints.some((taint) => taint.key === notReady.key && taint.effect === notReady.effect)) return;
    node.spec.taints = [...taints, { ...notReady }];
  },
};
