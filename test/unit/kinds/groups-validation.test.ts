/** Autoscalers, EndpointSlices, Ingresses and their classes: what is refused, in the words of the Kubernetes API. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { KubeObject } from '../../../hub/api/object.ts';
import { strategyOf } from '../../../hub/kinds/strategies.ts';
import { faults, lines, strategy } from './made.ts';

const autoscaler = strategyOf(
  'autoscaling',
  'HorizontalPodAutoscaler',
  'io.k8s.api.autoscaling.v2.HorizontalPodAutoscaler',
);

/** What is wrong with an autoscaler that looks at these metrics, or behaves so. */
function scaling(parts: object): string[] {
  const spec = { scaleTargetRef: { kind: 'Deployment', name: 'd' }, minReplicas: 1, maxReplicas: 3, ...parts };
  const made: KubeObject = {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name: 'h' },
    spec,
  };
  return lines(autoscaler.validateCreate(made));
}

const at = 'spec.metrics[0]';
const sources = 'supported values: "ContainerResource", "External", "Object", "Pods", "Resource"';
const cpu = { name: 'cpu', target: { type: 'Utilization', averageUtilization: 60 } };

describe('autoscalers', () => {
  const cases: [string, object, string[]][] = [
    ['one source', { type: 'Resource', resource: cpu }, []],
    [
      'no type, which is no known one either',
      { resource: cpu },
      [
        `${at}.type: Required value: must specify a metric source type`,
        `${at}.type: Unsupported value: "": ${sources}`,
        `${at}.type: Unsupported value: "": ${sources}`,
      ],
    ],
    [
      'a source of another type',
      { type: 'Pods', resource: cpu },
      [`${at}.pods: Required value: must populate information for the given metric source`],
    ],
    [
      'two sources',
      { type: 'Resource', resource: cpu, containerResource: { ...cpu, container: 'c' } },
      [`${at}.containerResource: Forbidden: must populate the given metric source only`],
    ],
    [
      'an external metric with two targets',
      {
        type: 'External',
        external: { metric: { name: 'm' }, target: { type: 'Value', value: '1', averageValue: '1' } },
      },
      [`${at}.external.target.value: Forbidden: may not set both a target value for metric and a per-pod target`],
    ],
    [
      'an external metric without a target',
      { type: 'External', external: { metric: { name: 'm' }, target: {} } },
      [
        `${at}.external.target.type: Required value: must specify a metric target type`,
        `${at}.external.target.type: Invalid value: "": must be either Utilization, Value, or AverageValue`,
        `${at}.external.target.averageValue: Required value: must set either a target value for metric or a per-pod target`,
      ],
    ],
  ];
  for (const [name, metric, expected] of cases) {
    it(`look at ${name}`, () => assert.deepEqual(scaling({ metrics: [metric] }), expected));
  }

  it('behave within bounds', () => {
    const policies = [{ type: 'Pods', value: 1, periodSeconds: 1 }];
    assert.deepEqual(
      scaling({ behavior: { scaleUp: { stabilizationWindowSeconds: -1, tolerance: '-1', policies } } }),
      [
        'spec.behavior.scaleUp.stabilizationWindowSeconds: Invalid value: -1: must be greater than or equal to zero',
        'spec.behavior.scaleUp.tolerance: Invalid value: "-1": must be greater than or equal to 0',
      ],
    );
    const status = { currentReplicas: -1, desiredReplicas: 0 };
    const made: KubeObject = { apiVersion: 'v2', kind: 'H', metadata: {}, status };
    assert.deepEqual(lines(autoscaler.validateStatusUpdate(made, made)), [
      'status.currentReplicas: Invalid value: -1: must be greater than or equal to 0',
    ]);
  });
});

describe('EndpointSlices', () => {
  const slice = (parts: object): string[] =>
    faults('discovery.k8s.io', 'EndpointSlice', { addressType: 'IPv4', ...parts });
  const many = (count: number, item: (index: number) => unknown): unknown[] =>
    Array.from({ length: count }, (_, i) => item(i));

  it('hold so many of each and no more', () => {
    const endpoint = { addresses: ['10.0.0.1'] };
    assert.deepEqual(slice({ endpoints: many(1001, () => endpoint) }), [
      'endpoints: Too many: 1001: must have at most 1000 items',
    ]);
    assert.deepEqual(slice({ endpoints: [{ addresses: many(101, () => '10.0.0.1') }] }), [
      'endpoints[0].addresses: Too many: 101: must have at most 100 items',
    ]);
    assert.deepEqual(slice({ ports: many(101, (index) => ({ name: `p${index}`, port: 1 })) }), [
      'ports: Too many: 101: must have at most 100 items',
    ]);
    const hints = { forZones: many(9, (index) => ({ name: `z${index}` })) };
    assert.deepEqual(slice({ endpoints: [{ ...endpoint, hints }] }), [
      'endpoints[0].hints.forZones: Too many: 9: must have at most 8 items',
    ]);
    assert.deepEqual(slice({ endpoints: [{ ...endpoint, hints: { forNodes: [{ name: 'n' }, { name: 'n' }] } }] }), [
      'endpoints[0].hints.forNodes[1].name: Duplicate value: "n"',
    ]);
  });

  it('name hosts in full', () => {
    const host = (name: string): string[] =>
      slice({ addressType: 'FQDN', endpoints: [{ addresses: [name] }] }).map((line) => line.replace(/^.*?: /, ''));
    assert.deepEqual(host('a.example.com.'), []);
    assert.deepEqual(host('localhost'), [
      'Invalid value: "localhost": should be a domain with at least two segments separated by dots',
    ]);
    assert.match(host(`${'a'.repeat(64)}.b`)[0] ?? '', /must be no more than 63 bytes/);
  });
});

describe('Ingresses and their classes', () => {
  const ingress = (spec: object): string[] => faults('networking.k8s.io', 'Ingress', { spec });
  const service = { service: { name: 's', port: { number: 80 } } };

  it('name hosts, paths and what is behind them', () => {
    assert.deepEqual(ingress({ rules: [{ host: '1.2.3.4', http: { paths: [{ path: '/' }] } }] }), [
      'spec.rules[0].host: Invalid value: "1.2.3.4": must be a DNS name, not an IP address',
      'spec.rules[0].http.paths[0].pathType: Required value: pathType must be specified',
    ]);
    assert.equal(ingress({ defaultBackend: service, rules: [{ host: '::1' }] }).length, 2);
    assert.deepEqual(ingress({ defaultBackend: { resource: { apiGroup: 'a.b', name: 'x/y' } } }), [
      'spec.defaultBackend.resource.kind: Required value',
      'spec.defaultBackend.resource.name: Invalid value: "x/y": may not contain \'/\'',
    ]);
  });

  it('have addresses or names in their status', () => {
    const of = (one: object): KubeObject => ({
      ...{ apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', metadata: {} },
      status: { loadBalancer: { ingress: [one] } },
    });
    const rules = strategy('networking.k8s.io', 'Ingress');
    assert.deepEqual(lines(rules.validateStatusUpdate(of({ ip: '01.2.3.4', hostname: '1.2.3.4' }), of({}))), [
      'status.loadBalancer.ingress[0].ip: Invalid value: "01.2.3.4": must not have leading 0s',
      'status.loadBalancer.ingress[0].hostname: Invalid value: "1.2.3.4": must be a DNS name, not an IP address',
    ]);
    assert.deepEqual(lines(rules.validateStatusUpdate(of({ ip: '01.2.3.4' }), of({ ip: '01.2.3.4' }))), []);
  });

  it('refer to parameters of the cluster, or of a namespace', () => {
    const classOf = (spec: object): string[] =>
      faults('networking.k8s.io', 'IngressClass', { metadata: { namespace: undefined }, spec });
    const parameters = { kind: 'P', name: 'p' };
    assert.deepEqual(classOf({ controller: 'a.b/c', parameters }), []);
    assert.deepEqual(classOf({ controller: 'a.b/{' }), [
      "spec.controller: Invalid value: \"{\": Invalid path (regex used for validation is '[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+')",
    ]);
    assert.deepEqual(classOf({ controller: 'a.b/c', parameters: { ...parameters, scope: 'Namespace' } }), [
      "spec.parameters.namespace: Required value: `parameters.scope` is set to 'Namespace'",
    ]);
    assert.deepEqual(
      classOf({ controller: 'a.b/c', parameters: { ...parameters, scope: 'Cluster', namespace: 'N' } }),
      ["spec.parameters.namespace: Forbidden: `parameters.scope` is set to 'Cluster'"],
    );
  });
});
