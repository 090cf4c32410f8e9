/** CertificateSigningRequests say who asked: the one who sent the request, whatever the body claims. */
import type { CertificateSigningRequest } from '../../api/certificate.ts';
import type { AdmissionPlugin } from '../registry.ts';

/** The plugin. */
export const signingRequester: AdmissionPlugin = {
  name: 'CertificateSigningRequester',
  handles: ({ operation, subresource, info }) =>
    operation === 'CREATE' &&
    subresource === '' &&
    info.group === 'certificates.k8s.io' &&
    info.resource === 'certificatesigningrequests',
  mutate({ object, user }) {
    const { spec } = object as unknown as CertificateSigningRequest;
    if (spec === undefined) return;
    spec.username = user.name;
    spec.groups = [...user.groups];
    for (const field of ['uid', 'extra'] as const) delete spec[field];
    if (user.uid !== undefined) spec.uid = user.uid;
    if (user.extra !== undefined)
      spec.extra = Object.fromEntries(Object.entries(user.extra).map(([k, v]) => [k, [...v]]));
  },
};
