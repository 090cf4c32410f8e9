/**
 * NodeNetwork: what every node has to know of another one to reach its Pods. The hub makes it of the Node object and sends
 * it beside Services; it is no object of the API.
 */
import type { KubeObject } from './object.ts';

/** Annotation of a Node, set by its agent: the network segment it is on. Empty: the one all nodes share. */
export const linkAnnotation = 'coracle.io/link';

/** Annotation of a Node, set by its agent: the address under which nodes of other links reach it. Empty: they do not. */
export const externalAddressAnnotation = 'coracle.io/external-address';

/** One node's network, held by every node under `nodenetworks//<node>`. */
export interface NodeNetwork extends KubeObject {
  apiVersion: 'coracle.io/v1';
  kind: 'NodeNetwork';
  /** Ranges of its Pods, one a family; none when its Pods have no addresses of their own. */
  podCIDRs: string[];
  /** Its InternalIPs, at most one a family. */
  addresses: string[];
  /** The network segment it is on; unset: the one all nodes share that were not told another one. */
  link?: string;
  /** Where nodes of other links reach it. */
  externalAddress?: string;
}

/** The key it is held under. */
export const nodeNetworkKey = (node: string): string => `nodenetworks//${node}`;
