/** What a tunnel leads to, as it is typed. Pure. */
import type { Service, ServicePort } from '../../hub/api/service.ts';

/** `svc/web`, `pod/x`, `node/pi-7`. */
export interface TunnelTarget {
  readonly kind: 'service' | 'pod' | 'node';
  readonly name: string;
}

const kinds: Readonly<Record<string, TunnelTarget['kind']>> = {
  svc: 'service',
  service: 'service',
  services: 'service',
  po: 'pod',
  pod: 'pod',
  pods: 'pod',
  no: 'node',
  node: 'node',
  nodes: 'node',
};

/** A bare name is that of a Service. Throws an Error that says what to write. */
export function readTarget(text: string): TunnelTarget {
  const [first = '', second] = text.split('/', 2);
  if (second === undefined && first !== '') return { kind: 'service', name: first };
  const kind = kinds[first.toLowerCase()];
  if (kind === undefined || second === undefined || second === '')
    throw new Error(`"${text}" is no NAME, service/NAME, pod/NAME or node/NAME`);
  return { kind, name: second };
}

/** Ports of a tunnel: `8080:80`, `80` for both, `:80` for any free port here; the far one may be a name of a Service's port. */
export interface TunnelPorts {
  readonly local: number;
  readonly far: string;
}

/** Throws an Error that says what to write. */
export function readPorts(text: string): TunnelPorts {
  const [, local, far = ''] = /^(?:(\d{0,5}):)?([a-z0-9-]{1,15})$/.exec(text) ?? [];
  const here = Number(local ?? (/^\d+$/.test(far) ? far : 0));
  if (far === '' || here > 65_535 || Number(far) > 65_535)
    throw new Error(`"${text}" is no port: write LOCAL:PORT, PORT, or :PORT for any free one here`);
  return { local: here, far };
}

/** The port of a Service that is meant; the only one when nothing is said. Throws an Error that names those there are. */
export function choosePort({ spec }: Service, wanted: string | undefined): ServicePort {
  const ports = spec.ports ?? [];
  const [only, other] = ports;
  if (wanted === undefined && only !== undefined && other === undefined) return only;
  const found = ports.find(({ name, port }) => wanted === name || wanted === String(port));
  if (found !== undefined) return found;
  const there = ports.map(({ name, port }) => (name === undefined ? port : `${port} (${name})`)).join(', ');
  throw new Error(
    wanted === undefined ? `say which port: ${there}` : `it has no port ${wanted}, only ${there || 'none'}`,
  );
}
