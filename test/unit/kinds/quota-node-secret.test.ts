/** Quotas, limit ranges, Secrets and Nodes: what is refused, in the words of the Kubernetes API. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Node } from '../../../hub/api/node.ts';
import { changeFaults, created, faults, lines, strategy } from './made.ts';

const quota = (spec: object): string[] => faults('', 'ResourceQuota', { spec });
const at = 'spec.scopeSelector.matchExpressions';
const applied = 'unsupported scope applied to resource';

describe('quotas', () => {
  const cases: [string, object, string[]][] = [
    [
      'what scopes can bound',
      { hard: { pods: '1', 'requests.example.com/gpu': '1', 'count/jobs.batch': '1' }, scopes: ['Terminating'] },
      [],
    ],
    [
      'what scopes cannot bound, each of it',
      { hard: { 'ephemeral-storage': '1', 'hugepages-2Mi': '2Mi' }, scopes: ['PriorityClass'] },
      [
        `spec.scopes: Invalid value: ["PriorityClass"]: ${applied}`,
        `spec.scopes: Invalid value: ["PriorityClass"]: ${applied}`,
      ],
    ],
    [
      'what scopes of claims can bound',
      { hard: { persistentvolumeclaims: '1' }, scopes: ['VolumeAttributesClass'] },
      [],
    ],
    [
      'an unknown scope of a selector',
      { hard: { pods: '1' }, scopeSelector: { matchExpressions: [{ scopeName: 'X', operator: 'In', values: [] }] } },
      [
        `${at}.scopeName: Invalid value: "X": unsupported scope`,
        `${at}.values: Required value: must be at least one value when \`operator\` is 'In' or 'NotIn' for scope selector`,
      ],
    ],
    [
      'scopes that contradict each other',
      {
        scopeSelector: {
          matchExpressions: ['Terminating', 'NotTerminating'].map((scopeName) => ({ scopeName, operator: 'Exists' })),
        },
      },
      [`${at}: Invalid value: null: conflicting scopes`],
    ],
    [
      'a name that is none',
      { hard: { foo: '1' } },
      [
        'spec.hard[foo]: Invalid value: "foo": must be a standard resource type or fully qualified',
        'spec.hard[foo]: Invalid value: "foo": must be a standard resource for quota',
      ],
    ],
    ['huge pages, requested', { hard: { 'requests.hugepages-2Mi': '2Mi' } }, []],
  ];
  for (const [what, spec, wanted] of cases) it(what, () => assert.deepEqual(quota(spec), wanted));
});

describe('Secrets with settings of docker', () => {
  const docker = (text: string): string[] => {
    const data = { '.dockerconfigjson': Buffer.from(text).toString('base64') };
    return faults('', 'Secret', { type: 'kubernetes.io/dockerconfigjson', data });
  };
  const cases: [string, string | undefined][] = [
    ['{}', undefined],
    ['null', undefined],
    ['[]', 'json: cannot unmarshal array into Go value of type map[string]interface {}'],
    ['true', 'json: cannot unmarshal bool into Go value of type map[string]interface {}'],
    ['"a"', 'json: cannot unmarshal string into Go value of type map[string]interface {}'],
    ['', 'unexpected end of JSON input'],
  ];
  for (const [text, why] of cases) {
    const wanted =
      why === undefined ? [] : [`data[.dockerconfigjson]: Invalid value: "<secret contents redacted>": ${why}`];
    it(`hold an object, not ${JSON.stringify(text)}`, () => assert.deepEqual(docker(text), wanted));
  }
});

describe('Nodes', () => {
  it('are checked as new ones when they change, and then as changed ones', () => {
    const taint = { key: 'a', effect: 'X' };
    const wrong =
      'metadata.taints[0].effect: Unsupported value: "X": supported values: "NoSchedule", "PreferNoSchedule", "NoExecute"';
    assert.deepEqual(changeFaults('', 'Node', { spec: {} }, { spec: { taints: [taint], externalID: 'x' } }), [
      wrong,
      wrong,
      'spec.externalID: Forbidden: may not be updated',
    ]);
  });

  it('name each range once', () => {
    assert.deepEqual(faults('', 'Node', { spec: { podCIDRs: ['10.0.0.0/24', '10.0.0.0/24'] } }), [
      'spec.podCIDRs: Invalid value: ["10.0.0.0/24","10.0.0.0/24"]: may specify no more than one CIDR for each IP family',
      'spec.podCIDRs[1]: Duplicate value: "10.0.0.0/24"',
    ]);
  });

  it('take no settings from a ConfigMap', () => {
    const node = created<Node>('', 'Node', { spec: { configSource: { configMap: {} } }, status: { config: {} } });
    assert.equal(node.spec.configSource, undefined);
    assert.equal(node.status?.config, undefined);
    const after = structuredClone({ ...node, status: { ...node.status, config: {} } });
    strategy('', 'Node').prepareStatusUpdate(after, node);
    assert.equal('config' in after.status, false);
    assert.deepEqual(lines(strategy('', 'Node').validateStatusUpdate(after, node)), []);
  });
});
