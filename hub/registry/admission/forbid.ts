/** What admission plugins read and how they refuse. */
import { type ApiError, forbidden } from '../../api/errors.ts';
import type { AdmissionRequest, Registry } from '../registry.ts';

/** What a plugin may read: committed objects. */
export type Reader = Pick<Registry, 'get' | 'entries'>;

/** 403 in Kubernetes' form, named after the object of the request. API: a name that is not drawn yet is its base. */
export function forbid(request: AdmissionRequest, why: string): ApiError {
  const metadata = (request.object ?? request.old)?.metadata;
  const name = request.name || metadata?.name || metadata?.generateName || 'Unknown';
  return forbidden(request.info, name, why);
}

/** True for requests about Pods themselves. */
export function isPod(request: AdmissionRequest): boolean {
  return request.info.resource === 'pods' && request.info.group === '' && request.subresource === '';
}

/** True for a resize of a Pod. */
export function isPodResize({ info, operation, subresource }: AdmissionRequest): boolean {
  return info.resource === 'pods' && info.group === '' && subresource === 'resize' && operation === 'UPDATE';
}

/** True for a create of a Pod. */
export function isPodCreate(request: AdmissionRequest): boolean {
  return request.operation === 'CREATE' && isPod(request);
}
