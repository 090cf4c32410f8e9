/** Objects of a request in another version of their resource, as whoever judges them wants to see them. */
import type { KubeObject } from '../../../api/object.ts';
import { apiVersionOf } from '../../../api/resource.ts';
import type { Catalogue, ResourceInfo } from '../../../kinds/kind.ts';
import type { VersionConverter } from '../../versions.ts';

/** What converts. */
export interface Converting {
  readonly catalogue: Catalogue;
  /** Who converts custom objects. */
  readonly converter: VersionConverter;
}

/** An object of one version of a resource in another; itself when they are the same, or it is of another kind. */
export async function converted<T extends KubeObject | undefined>(
  { catalogue, converter }: Converting,
  from: ResourceInfo,
  to: ResourceInfo,
  object: T,
): Promise<T> {
  if (from === to || object === undefined || object.kind !== from.kind) return object;
  const { webhook } = from.custom ?? {};
  if (webhook !== undefined) return (await converter.convert(webhook, apiVersionOf(to), [object]))[0] as T;
  const copy = structuredClone(object);
  const stored = catalogue.toStorage(from)?.(copy) ?? copy;
  return (catalogue.fromStorage(to)?.(stored) ?? stored) as T;
}
