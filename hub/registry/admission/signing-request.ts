/** CertificateSigningRequests say who asked, and when something was decided about them, whatever the body claims. */
import type { CertificateSigningRequest } from '../../api/certificate.ts';
import { invalidBytes, invalidObject } from '../../api/field-error.ts';
import { timestamp } from '../../api/object.ts';
import type { Clock } from '../../base/clock.ts';
import { readSigningRequest } from '../../base/x509/signing-request.ts';
import type { AdmissionPlugin, AdmissionRequest } from '../registry.ts';

function setRequester({ object, user }: AdmissionRequest): void {
  const { spec } = object as unknown as CertificateSigningRequest;
  if (spec === undefined) return;
  spec.username = user.name;
  spec.groups = [...user.groups];
  for (const field of ['uid', 'extra'] as const) delete spec[field];
  if (user.uid !== undefined) spec.uid = user.uid;
  if (user.extra !== undefined)
    spec.extra = Object.fromEntries(Object.entries(user.extra).map(([k, v]) => [k, [...v]]));
}

/** API: conditions without times get the present one; a state that lasts keeps the time it began. */
function setTimes({ object, old }: AdmissionRequest, now: string): void {
  const before = (old as CertificateSigningRequest | undefined)?.status?.conditions ?? [];
  for (const condition of (object as CertificateSigningRequest).status?.conditions ?? []) {
    condition.lastUpdateTime ??= now;
    const same = before.find(({ type, status }) => type === condition.type && status === condition.status);
    condition.lastTransitionTime ??= same?.lastTransitionTime ?? now;
  }
}

/** The plugin. A request that cannot be read, or that its key did not sign, is refused as invalid. */
export function signingRequester(clock: Clock): AdmissionPlugin {
  return {
    name: 'CertificateSigningRequester',
    handles: ({ operation, subresource, info }) =>
      info.resource === 'certificatesigningrequests' &&
      info.group === 'certificates.k8s.io' &&
      (operation === 'CREATE' ? subresource === '' : operation === 'UPDATE' && subresource !== ''),
    mutate(request) {
      if (request.operation === 'CREATE') setRequester(request);
      else setTimes(request, timestamp(clock.now()));
    },
    validate({ operation, object, info }) {
      if (operation !== 'CREATE') return;
      const { metadata, spec } = object as unknown as CertificateSigningRequest;
      try {
        readSigningRequest(Buffer.from(spec.request, 'base64').toString('latin1'));
      } catch (error) {
        const wrong = invalidBytes('spec.request', spec.request, (error as Error).message);
        throw invalidObject(info.group, info.kind, metadata.name ?? '', [wrong]);
      }
    },
  };
}
