/** Kinds of the network groups, as API objects. */
import { crud, type Kind } from '../crud.ts';
import { conformance } from '../suite.ts';

const networking = { group: 'networking.k8s.io', version: 'v1' };

const ingresses: Kind = {
  ...networking,
  resource: 'ingresses',
  kind: 'Ingress',
  namespaced: true,
  body: (n) => ({
    spec: {
      rules: [
        {
          host: `host${n}.example.com`,
          http: {
            paths: [
              {
                path: '/',
                pathType: 'ImplementationSpecific',
                backend: { service: { name: 'test', port: { number: 80 } } },
              },
            ],
          },
        },
      ],
    },
  }),
  change(object) {
    object['spec'].rules[0].http.paths[0].path = '/updated';
  },
  subresources: {
    status: [
      { loadBalancer: { ingress: [{ ip: '169.1.1.1' }] } },
      { loadBalancer: { ingress: [{ ip: '169.1.1.2' }, { hostname: 'example.com' }] } },
    ],
  },
};

const ingressClasses: Kind = {
  ...networking,
  resource: 'ingressclasses',
  kind: 'IngressClass',
  namespaced: false,
  body: (n) => ({ spec: { controller: `example.com/controller${n}` } }),
};

const endpointSlices: Kind = {
  group: 'discovery.k8s.io',
  version: 'v1',
  resource: 'endpointslices',
  kind: 'EndpointSlice',
  namespaced: true,
  body: (n) => ({
    addressType: 'IPv4',
    endpoints: [{ addresses: [`1.2.3.${n}`, `5.6.7.${n}`] }],
    ports: [{ name: 'http', port: 80, protocol: 'TCP' }],
  }),
  change(object) {
    object['endpoints'][0].addresses = ['1.2.3.99'];
  },
};

const addresses: Kind = {
  ...networking,
  resource: 'ipaddresses',
  kind: 'IPAddress',
  namespaced: false,
  name: (n) => (n === 2 ? '2001:db8::ffff' : `192.168.250.${n}`),
  body: (_, unique) => ({ spec: { parentRef: { resource: 'services', name: 'foo', namespace: unique } } }),
};

conformance('[sig-network] ingress.go: Ingress API operations', (cluster) => crud(cluster, ingresses));
conformance('[sig-network] ingressclass.go: IngressClass API operations', (cluster) => crud(cluster, ingressClasses));
conformance('[sig-network] endpointslice.go: EndpointSlice API operations', (cluster) => crud(cluster, endpointSlices));
conformance('[sig-network] service_cidrs.go: IPAddress API', (cluster) => crud(cluster, addresses));
