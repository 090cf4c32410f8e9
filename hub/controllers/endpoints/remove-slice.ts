/** Removes an EndpointSlice a controller no longer needs. */
import type { EndpointSlice } from '../../api/endpoint-slice.ts';
import { isNotFound } from '../../api/errors.ts';
import { endpointSlices } from '../../api/resource.ts';
import type { Registry, WriteOptions } from '../../registry/registry.ts';

/** Removes it; one that is gone is as good. */
export async function removeSlice(
  registry: Registry,
  { metadata }: EndpointSlice,
  writer: WriteOptions,
): Promise<void> {
  const { namespace = '', name = '' } = metadata;
  try {
    await registry.delete(endpointSlices, namespace, name, writer);
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}
