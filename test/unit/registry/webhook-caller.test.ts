/** How webhooks that cannot be reached are told of. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { WebhookCaller } from '../../../hub/webhook/caller.ts';
import type { ServiceReader } from '../../../hub/webhook/target.ts';
import { reader } from '../../support/stored.ts';

const ports = [{ name: 'https', port: 443, targetPort: 8443 }];
const caller = new WebhookCaller({
  reader: () =>
    reader({ services: [{ metadata: { name: 'hook', namespace: 'n' }, spec: { ports } }] }) as ServiceReader,
  random: () => 0,
});

const says: readonly [string, object, string][] = [
  [
    'no endpoints',
    { service: { name: 'hook', namespace: 'n', path: '/validate' } },
    'Post "https://hook.n.svc:443/validate?timeout=5s": no endpoints available for service "hook"',
  ],
  [
    'no Service',
    { service: { name: 'gone', namespace: 'n', port: 8443 } },
    'Post "https://gone.n.svc:8443/?timeout=5s": service "gone" not found',
  ],
];

describe('calls of webhooks', () => {
  for (const [name, config, message] of says) {
    it(`name the whole URL: ${name}`, async () => {
      await assert.rejects(caller.post({ config, body: {}, timeout: 5000 }), { message });
    });
  }
});
