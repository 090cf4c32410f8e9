/** EndpointSlices (discovery/v1). */
import type { ObjectMeta, ObjectReference } from './object.ts';
import type { EndpointConditions } from './service.ts';

/** On an EndpointSlice: the Service it belongs to. */
export const serviceNameLabel = 'kubernetes.io/service-name';

/** On an EndpointSlice: who keeps it. */
export const sliceManagerLabel = 'endpointslice.kubernetes.io/managed-by';

/** discovery.v1.ForZone. */
export interface ForZone {
  name: string;
}

/** discovery.v1.ForNode. */
export interface ForNode {
  name: string;
}

/** discovery.v1.EndpointHints. */
export interface EndpointHints {
  forNodes?: ForNode[];
  forZones?: ForZone[];
}

/** discovery.v1.Endpoint. */
export interface Endpoint {
  addresses: string[];
  conditions?: EndpointConditions;
  deprecatedTopology?: Record<string, string>;
  hints?: EndpointHints;
  hostname?: string;
  nodeName?: string;
  targetRef?: ObjectReference;
  zone?: string;
}

/** discovery.v1.EndpointPort. */
export interface EndpointPort {
  appProtocol?: string;
  name?: string;
  port?: number;
  protocol?: string;
}

/** discovery.v1.EndpointSlice. */
export interface EndpointSlice {
  addressType: string;
  apiVersion: string;
  endpoints?: Endpoint[];
  kind: string;
  metadata: ObjectMeta;
  ports?: EndpointPort[];
  [field: string]: unknown;
}
