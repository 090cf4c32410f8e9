/** The Node. Its status belongs to its agent, its taints and CIDRs to the node controllers. */
import type { Node } from '../../api/node.ts';
import type { TableCell } from '../../api/table.ts';
import { ageCell, columnsOf, nameCell, none } from '../columns.ts';
import type { Strategy } from '../kind.ts';
import { keepAllButStatus, plainStrategy } from '../plain-strategy.ts';
import { validateNode, validateNodeChange, validateNodeUpdate } from './validate.ts';

const emptyInfo = {
  architecture: '',
  bootID: '',
  containerRuntimeVersion: '',
  kernelVersion: '',
  kubeProxyVersion: '',
  kubeletVersion: '',
  machineID: '',
  operatingSystem: '',
  osImage: '',
  systemUUID: '',
};

/** API: podCIDR is the first of podCIDRs, and allocatable is the capacity until the node says otherwise. */
function setDefaults(node: Node): void {
  node.spec ??= {};
  node.status ??= {};
  const { spec, status } = node;
  if (spec.podCIDR && !spec.podCIDRs?.length) spec.podCIDRs = [spec.podCIDR];
  else if (!spec.podCIDR && spec.podCIDRs?.[0]) spec.podCIDR = spec.podCIDRs[0];
  if (status.capacity && !status.allocatable) status.allocatable = { ...status.capacity };
  status.daemonEndpoints ??= {};
  status.daemonEndpoints.kubeletEndpoint ??= { Port: 0 };
  status.nodeInfo = { ...emptyInfo, ...status.nodeInfo };
}

/** API: nodes take no settings of their kubelet from a ConfigMap any more. */
function prepareCreate(node: Node): void {
  delete node.spec?.configSource;
  delete node.status?.config;
}

function prepareUpdate(node: Node, old: Node): void {
  delete node.spec?.configSource;
  if (old.status === undefined) delete node.status;
  else node.status = old.status;
}

function prepareStatusUpdate(node: Node, old: Node): void {
  keepAllButStatus(node, old);
  delete node.status?.config;
}

const rolePrefix = 'node-role.kubernetes.io/';

function rolesCell(node: Node): string {
  const roles = new Set<string>();
  for (const [label, value] of Object.entries(node.metadata.labels ?? {})) {
    if (label.startsWith(rolePrefix) && label.length > rolePrefix.length) roles.add(label.slice(rolePrefix.length));
    else if (label === 'kubernetes.io/role' && value !== '') roles.add(value);
  }
  return roles.size === 0 ? none : [...roles].sort().join(',');
}

function statusCell(node: Node): string {
  const ready = node.status?.conditions?.find((one) => one.type === 'Ready');
  const words = [ready === undefined ? 'Unknown' : ready.status === 'True' ? 'Ready' : 'NotReady'];
  if (node.spec?.unschedulable === true) words.push('SchedulingDisabled');
  return words.join(',');
}

function addressCell(node: Node, type: string): string {
  return node.status?.addresses?.find((one) => one.type === type)?.address ?? none;
}

function cells(node: Node, now: number): TableCell[] {
  const info = node.status?.nodeInfo;
  return [
    nameCell(node),
    statusCell(node),
    rolesCell(node),
    ageCell(node, now),
    info?.kubeletVersion ?? '',
    addressCell(node, 'InternalIP'),
    addressCell(node, 'ExternalIP'),
    info?.osImage || '<unknown>',
    info?.kernelVersion || '<unknown>',
    info?.containerRuntimeVersion || '<unknown>',
  ];
}

const plain = plainStrategy<Node>({
  hasStatus: true,
  setDefaults,
  validateCreate: validateNode,
  validateUpdate: validateNodeUpdate,
  prepareStatusUpdate,
  validateStatusUpdate: validateNodeChange,
  selectable: ['spec.unschedulable'],
  selectableFields: (node) => ({ 'spec.unschedulable': String(node.spec?.unschedulable ?? false) }),
  columns: columnsOf('node'),
  cells,
});

/** The strategy of Nodes. API: a node may be registered with its status. */
export const nodeStrategy: Strategy = {
  ...plain,
  prepareCreate: (node) => prepareCreate(node as Node),
  prepareUpdate: (node, old) => prepareUpdate(node as Node, old as Node),
};
