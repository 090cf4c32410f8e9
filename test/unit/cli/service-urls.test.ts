/** Where a Service is reached, the best way first. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { serviceUrls } from '../../../agent/cli/service-urls.ts';
import type { Node } from '../../../hub/api/node.ts';
import type { Service } from '../../../hub/api/service.ts';

const node = (address: string, ready: string): Node =>
  ({
    metadata: { name: address },
    status: { addresses: [{ type: 'InternalIP', address }], conditions: [{ type: 'Ready', status: ready }] },
  }) as unknown as Node;
const service = (spec: object, status?: object): Service => ({ metadata: {}, spec, status }) as unknown as Service;
const nodes = [node('192.0.2.1', 'True'), node('192.0.2.2', 'Unknown')];

it('a Service is reached at its load balancer, then at ready nodes, then inside', () => {
  const ports = [{ name: 'web', port: 80, nodePort: 30080 }];
  const balanced = service({ clusterIP: '10.152.0.9', ports }, { loadBalancer: { ingress: [{ ip: '198.51.100.7' }] } });
  assert.deepEqual(
    serviceUrls(balanced, nodes).map(({ url, from }) => [url, from]),
    [
      ['http://198.51.100.7:80', 'outside'],
      ['http://192.0.2.1:30080', 'nodes'],
      ['http://10.152.0.9:80', 'cluster'],
    ],
  );
});

it('ports that speak TLS get https, IPv6 its brackets, UDP nothing', () => {
  const ports = [{ port: 443 }, { name: 'dns', port: 53, protocol: 'UDP' }];
  assert.deepEqual(
    serviceUrls(service({ clusterIPs: ['fd00::9'], ports }), nodes).map(({ url }) => url),
    ['https://[fd00::9]:443'],
  );
  assert.deepEqual(serviceUrls(service({ clusterIP: 'None', ports }), nodes), []);
});
