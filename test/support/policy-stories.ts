/** NetworkPolicies of every shape, for two namespaces `shop` and `stock` with Pods `web`, `api` and `db`. */
import type { End, Policy } from './policy-oracle.ts';

/** The cluster's Pods. This machine gets routes to them: not the range that hubs of other tests ask it for. */
export const podRange = '10.96.0.0/11';

/** Selects every Pod. */
export const all = {};
/** Selects the Pods of one app. */
export const app = (name: string): { matchLabels: Record<string, string> } => ({ matchLabels: { app: name } });
const team = (name: string): { matchLabels: Record<string, string> } => ({ matchLabels: { team: name } });

/** What is applied, one after the other. Addresses are known when the Pods are. */
export const stories: readonly (readonly [what: string, policies: (ends: Record<string, End>) => readonly Policy[]])[] =
  [
    ['no policy', () => []],
    ['nothing into a namespace', () => [{ name: 'closed', namespace: 'shop', spec: { podSelector: all } }]],
    [
      'one Pod to another of its namespace, on one port',
      () => [
        { name: 'closed', namespace: 'shop', spec: { podSelector: all } },
        {
          name: 'db',
          namespace: 'shop',
          spec: {
            podSelector: app('db'),
            ingress: [{ from: [{ podSelector: app('api') }], ports: [{ protocol: 'TCP', port: 8080 }] }],
          },
        },
      ],
    ],
    [
      'another namespace, or certain Pods of any; by expressions too',
      () => [
        {
          name: 'a',
          namespace: 'shop',
          spec: { podSelector: app('web'), ingress: [{ from: [{ namespaceSelector: team('y') }] }] },
        },
        {
          name: 'b',
          namespace: 'shop',
          spec: {
            podSelector: { matchExpressions: [{ key: 'app', operator: 'In', values: ['db', 'api'] }] },
            ingress: [{ from: [{ namespaceSelector: all, podSelector: app('web') }], ports: [{ protocol: 'UDP' }] }],
          },
        },
        {
          name: 'c',
          namespace: 'stock',
          spec: {
            podSelector: { matchExpressions: [{ key: 'tier', operator: 'Exists' }] },
            ingress: [
              {
                from: [
                  { namespaceSelector: { matchExpressions: [{ key: 'team', operator: 'NotIn', values: ['y'] }] } },
                ],
              },
            ],
          },
        },
      ],
    ],
    [
      'ranges of addresses with holes, ranges of ports, names of ports',
      (ends) => [
        {
          name: 'outside',
          namespace: 'shop',
          spec: {
            podSelector: app('web'),
            ingress: [{ from: [{ ipBlock: { cidr: '198.18.0.0/15' } }], ports: [{ port: 'main' }] }],
          },
        },
        {
          name: 'holes',
          namespace: 'shop',
          spec: {
            podSelector: app('api'),
            ingress: [
              {
                from: [
                  {
                    ipBlock: {
                      cidr: podRange,
                      except: [`${ends['stock/web']?.ip}/32`, `${ends['shop/db']?.ip}/32`],
                    },
                  },
                ],
                ports: [{ port: 8081, endPort: 9000 }],
              },
            ],
          },
        },
        {
          name: 'named',
          namespace: 'stock',
          spec: { podSelector: all, ingress: [{ ports: [{ port: 'main' }] }, { from: [{ podSelector: all }] }] },
        },
      ],
    ],
    [
      'nothing out of a namespace',
      () => [{ name: 'mute', namespace: 'stock', spec: { podSelector: all, policyTypes: ['Egress'] } }],
    ],
    [
      'out to certain Pods by the names of their ports, out to a range, and in at the other end',
      () => [
        {
          name: 'out',
          namespace: 'shop',
          spec: {
            podSelector: app('web'),
            policyTypes: ['Egress'],
            egress: [
              { to: [{ namespaceSelector: team('y') }, { podSelector: app('db') }], ports: [{ port: 'main' }] },
              { to: [{ podSelector: app('api') }], ports: [{ protocol: 'UDP', port: 8081 }] },
            ],
          },
        },
        {
          name: 'range',
          namespace: 'shop',
          spec: {
            podSelector: app('db'),
            policyTypes: ['Egress'],
            egress: [{ to: [{ ipBlock: { cidr: '198.18.0.0/15' } }] }],
          },
        },
        {
          name: 'in',
          namespace: 'stock',
          spec: { podSelector: app('db'), ingress: [{ from: [{ podSelector: app('web') }] }] },
        },
      ],
    ],
    [
      'both directions and several policies of one Pod: what any of them lets through',
      () => [
        {
          name: 'both',
          namespace: 'shop',
          spec: {
            podSelector: all,
            policyTypes: ['Ingress', 'Egress'],
            ingress: [{ from: [{ podSelector: all }] }],
            egress: [{ to: [{ podSelector: all }] }],
          },
        },
        {
          name: 'more',
          namespace: 'shop',
          spec: {
            podSelector: { matchLabels: { tier: 'front' } },
            policyTypes: ['Ingress', 'Egress'],
            ingress: [{ ports: [{ port: 8080 }] }],
            egress: [{ to: [{ namespaceSelector: team('y'), podSelector: app('db') }] }],
          },
        },
      ],
    ],
  ];
