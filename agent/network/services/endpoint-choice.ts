/** Which endpoints of a Service port take traffic on this node. Pure; kube-proxy's rules, v1.36. */

/** One endpoint of a Service port. */
export interface Endpoint {
  readonly ip: string;
  readonly port: number;
  readonly ready: boolean;
  readonly serving: boolean;
  readonly terminating: boolean;
  /** On this node. */
  readonly local: boolean;
  /** The nodes and zones it is meant for. */
  readonly forNodes: readonly string[];
  readonly forZones: readonly string[];
}

/** Where this node is. */
export interface NodePlace {
  readonly name: string;
  /** Its zone; '' when it has none. */
  readonly zone: string;
}

/** The endpoints of each traffic policy. */
export interface EndpointChoice {
  /** For policy Cluster: the hinted ones where hints are there and complete. */
  readonly cluster: readonly Endpoint[];
  /** For policy Local. */
  readonly local: readonly Endpoint[];
  /** Whether any endpoint of the cluster could take traffic. */
  readonly any: boolean;
}

const isDraining = ({ serving, terminating }: Endpoint): boolean => serving && terminating;

/** Ready endpoints, or where there is none those that terminate and still serve; for each policy by itself. */
export function chooseEndpoints(endpoints: readonly Endpoint[], node: NodePlace): EndpointChoice {
  const ready = endpoints.filter((endpoint) => endpoint.ready);
  const draining = endpoints.filter((endpoint) => !endpoint.ready && isDraining(endpoint));
  const isLocal = (endpoint: Endpoint): boolean => endpoint.local;
  const localReady = ready.filter(isLocal);
  return {
    cluster: ready.length > 0 ? hinted(ready, node) : draining,
    local: localReady.length > 0 ? localReady : draining.filter(isLocal),
    any: ready.length + draining.length > 0,
  };
}

/** Hints count only when every ready endpoint has one and some are for here: else all of them would miss some traffic. */
function hinted(ready: readonly Endpoint[], { name, zone }: NodePlace): readonly Endpoint[] {
  if (ready.every(({ forNodes }) => forNodes.length > 0)) {
    const here = ready.filter(({ forNodes }) => forNodes.includes(name));
    if (here.length > 0) return here;
  }
  if (ready.every(({ forZones }) => forZones.length > 0)) {
    const here = ready.filter(({ forZones }) => forZones.includes(zone));
    if (here.length > 0) return here;
  }
  return ready;
}
