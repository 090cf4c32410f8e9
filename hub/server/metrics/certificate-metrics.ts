/** When the hub's own certificates end, for whoever is to hear of it before. */
import { X509Certificate } from 'node:crypto';
import type { Exposition } from '../../base/metrics.ts';

/** Writes the end of each certificate; `certificates` are PEM by what they are for. */
export function certificateMetrics(certificates: Readonly<Record<string, string>>, into: Exposition): void {
  into.family('coracle_certificate_expiration_timestamp_seconds', 'gauge', 'When a certificate of the hub ends.');
  for (const [certificate, pem] of Object.entries(certificates))
    into.sample(new X509Certificate(pem).validToDate.getTime() / 1000, { certificate });
}
