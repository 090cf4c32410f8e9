/** The Endpoints of a Service: the older form of EndpointSlices. */
import type { Endpoints } from '../../api/service.ts';
import { columnsOf, ageCell, nameCell, none, someOf } from '../columns.ts';
import type { Strategy } from '../kind.ts';
import { plainStrategy } from '../plain-strategy.ts';
import { validateEndpoints } from './validate-endpoints.ts';

const shownAddresses = 3;

function setDefaults(endpoints: Endpoints): void {
  for (const subset of endpoints.subsets ?? []) {
    for (const port of subset.ports ?? []) if (!port.protocol) port.protocol = 'TCP';
  }
}

function addresses(endpoints: Endpoints): string {
  const list: string[] = [];
  for (const subset of endpoints.subsets ?? []) {
    const ips = (subset.addresses ?? []).map((address) => address.ip);
    if (!subset.ports?.length) list.push(...ips);
    for (const port of subset.ports ?? []) {
      for (const ip of ips) list.push(ip.includes(':') ? `[${ip}]:${port.port}` : `${ip}:${port.port}`);
    }
  }
  return list.length === 0 ? none : someOf(list, list.length, shownAddresses);
}

/** The strategy of Endpoints. */
export const endpointsStrategy: Strategy = plainStrategy<Endpoints>({
  createOnUpdate: true,
  setDefaults,
  validateCreate: validateEndpoints,
  warnings: () => ['v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice'],
  columns: columnsOf('endpoints'),
  cells: (endpoints, now) => [nameCell(endpoints), addresses(endpoints), ageCell(endpoints, now)],
});
