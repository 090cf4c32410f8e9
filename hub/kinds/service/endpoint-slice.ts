/** The EndpointSlice: some of the addresses behind a Service. */
import type { EndpointSlice } from '../../api/endpoint-slice.ts';
import { columnsOf, ageCell, nameCell, someOf } from '../columns.ts';
import type { Strategy } from '../kind.ts';
import { printEmptyAsNull } from '../empty-list.ts';
import { plainStrategy } from '../plain-strategy.ts';
import { validateEndpointSlice, validateEndpointSliceUpdate } from './validate-endpoints.ts';

const shown = 3;
const unset = '<unset>';

function setDefaults(slice: EndpointSlice): void {
  for (const port of slice.ports ?? []) {
    port.name ??= '';
    if (!port.protocol) port.protocol = 'TCP';
  }
  for (const endpoint of slice.endpoints ?? []) endpoint.conditions ??= {};
}

function printLists(slice: EndpointSlice): void {
  printEmptyAsNull(slice, 'endpoints');
  printEmptyAsNull(slice, 'ports');
}

function portsCell(slice: EndpointSlice): string {
  const ports = (slice.ports ?? []).map((port) => String(port.port ?? port.name ?? '*'));
  return ports.length === 0 ? unset : someOf(ports, ports.length, shown);
}

function addressesCell(slice: EndpointSlice): string {
  const list = (slice.endpoints ?? []).flatMap((endpoint) => endpoint.addresses);
  return list.length === 0 ? unset : someOf(list, list.length, shown);
}

/** The strategy of EndpointSlices. */
export const endpointSliceStrategy: Strategy = plainStrategy<EndpointSlice>({
  hasGeneration: true,
  prepareCreate: printLists,
  prepareUpdate: printLists,
  setDefaults,
  validateCreate: validateEndpointSlice,
  validateUpdate: validateEndpointSliceUpdate,
  columns: columnsOf('endpointSlice'),
  cells: (slice, now) => [
    nameCell(slice),
    slice.addressType,
    portsCell(slice),
    addressesCell(slice),
    ageCell(slice, now),
  ],
});
