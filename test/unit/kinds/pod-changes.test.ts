/** Changed Pods, their status, and those that gates hold back: what is refused, in the words of Kubernetes. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Pod } from '../../../hub/api/pod.ts';
import { changeFaults, created, faults, lines, strategy } from './made.ts';

const container = { name: 'c', image: 'i' };
const pod = (spec: object, metadata: object = {}): Record<string, unknown> => ({
  metadata,
  spec: { containers: [container], ...spec },
});

const required = (...terms: object[]): object => ({
  affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: terms } } },
});
const zone = { key: 'zone', operator: 'In', values: ['a'] };
const disk = { key: 'disk', operator: 'Exists' };
const gates = { schedulingGates: [{ name: 'x.io/y' }] };
const terms = 'spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms';

describe('Pods behind gates', () => {
  const cases: [string, object, object, string[]][] = [
    ['get more node selectors', { nodeSelector: { a: '1' } }, { nodeSelector: { a: '1', b: '2' } }, []],
    [
      'lose none',
      { nodeSelector: { a: '1' } },
      { nodeSelector: { a: '2' } },
      [
        'spec.nodeSelector: Invalid value: {"a":"2"}: only additions to spec.nodeSelector are allowed (no mutations or deletions)',
      ],
    ],
    ['get node affinity', {}, required({ matchExpressions: [zone] }), []],
    [
      'get requirements in a term',
      required({ matchExpressions: [zone] }),
      required({ matchExpressions: [zone, disk] }),
      [],
    ],
    [
      'get no terms',
      required({ matchExpressions: [zone] }),
      {},
      [`${terms}: Invalid value: null: no additions/deletions to non-empty NodeSelectorTerms list are allowed`],
    ],
    [
      'lose no requirement',
      required({ matchExpressions: [zone] }),
      required({ matchExpressions: [disk] }),
      [
        `${terms}[0]: Invalid value: {"matchExpressions":[{"key":"disk","operator":"Exists"}]}: only additions are allowed (no mutations or deletions)`,
      ],
    ],
  ];
  for (const [what, before, after, wanted] of cases) {
    it(what, () => {
      assert.deepEqual(changeFaults('', 'Pod', pod({ ...gates, ...before }), pod({ ...gates, ...after })), wanted);
    });
  }
});

describe('annotations of Pods', () => {
  const appArmor = (name: string): string => `container.apparmor.security.beta.kubernetes.io/${name}`;
  const cost = 'controller.kubernetes.io/pod-deletion-cost';
  const cases: [string, Record<string, string>, string[]][] = [
    ['what a deletion costs', { [cost]: '-10' }, []],
    [
      'a cost that is no number',
      { [cost]: '+1' },
      [`metadata.annotations[${cost}]: Invalid value: "+1": must be a 32bit integer`],
    ],
    [
      'a profile of no container',
      { [appArmor('d')]: 'mine' },
      [
        `metadata.annotations[${appArmor('d')}]: Invalid value: "d": container not found`,
        `metadata.annotations[${appArmor('d')}]: Invalid value: "mine": invalid AppArmor profile name: "mine"`,
      ],
    ],
    [
      'a seccomp profile that is none',
      { 'seccomp.security.alpha.kubernetes.io/pod': 'x' },
      [
        'metadata.annotations.seccomp.security.alpha.kubernetes.io/pod: Invalid value: "x": must be a valid seccomp profile',
      ],
    ],
  ];
  for (const [what, annotations, wanted] of cases) {
    it(what, () => assert.deepEqual(faults('', 'Pod', pod({}, { annotations })), wanted));
  }

  it('keep what AppArmor was told', () => {
    const annotations = { [appArmor('c')]: 'runtime/default' };
    assert.deepEqual(changeFaults('', 'Pod', pod({}), pod({}, { annotations })), [
      `metadata.annotations[${appArmor('c')}]: Forbidden: may not add AppArmor annotations`,
    ]);
  });
});

describe('the status of Pods', () => {
  const { prepareStatusUpdate, validateStatusUpdate } = strategy('', 'Pod');

  /** What is wrong with one status after another. */
  function told(spec: object, before: object, after: object): string[] {
    const old = created<Pod>('', 'Pod', pod(spec)) as unknown as Parameters<typeof prepareStatusUpdate>[0];
    const status = { qosClass: 'BestEffort', ...before };
    const now = structuredClone({ ...old, status: after });
    prepareStatusUpdate(now, { ...old, status });
    return lines(validateStatusUpdate(now, { ...old, status }));
  }
  const ended = (exitCode: number): object => ({ name: 'c', state: { terminated: { exitCode } } });
  const running = { name: 'c', state: { running: {} } };
  const again = (list: string, spec: object, exitCode: number): string[] =>
    told(spec, { [list]: [ended(exitCode)] }, { [list]: [running] });
  const stays = (list: string): string =>
    `status.${list}[0].state: Forbidden: may not be transitioned to non-terminated state`;

  it('lets containers that ended start again by their rules, then their policy, then that of the Pod', () => {
    const ruled = (values: number[]): object => ({
      restartPolicy: 'Never',
      containers: [
        {
          ...container,
          restartPolicy: 'Never',
          restartPolicyRules: [{ action: 'Restart', exitCodes: { operator: 'In', values } }],
        },
      ],
    });
    assert.deepEqual(again('containerStatuses', { restartPolicy: 'Never' }, 1), [stays('containerStatuses')]);
    assert.deepEqual(again('containerStatuses', { restartPolicy: 'OnFailure' }, 1), []);
    assert.deepEqual(again('containerStatuses', { restartPolicy: 'OnFailure' }, 0), [stays('containerStatuses')]);
    assert.deepEqual(again('containerStatuses', ruled([1]), 1), []);
    assert.deepEqual(again('containerStatuses', ruled([2]), 1), [stays('containerStatuses')]);
    assert.deepEqual(again('ephemeralContainerStatuses', {}, 1), [stays('ephemeralContainerStatuses')]);
    const sidecar = {
      initContainers: [{ ...container, restartPolicy: 'Always' }],
      containers: [{ name: 'd', image: 'i' }],
    };
    assert.deepEqual(again('initContainerStatuses', { ...sidecar, restartPolicy: 'Never' }, 1), []);
  });

  const cases: [string, object, object, string[]][] = [
    [
      'keeps its class',
      {},
      { qosClass: 'Guaranteed' },
      ['status.qosClass: Invalid value: "Guaranteed": field is immutable'],
    ],
    [
      'names conditions',
      {},
      { conditions: [{ type: 'a b', status: 'True', observedGeneration: -1 }] },
      [
        'status.conditions[0].observedGeneration: Invalid value: -1: must be a non-negative integer',
        `status.conditions[0].Type: Invalid value: "a b": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')`,
      ],
    ],
    [
      'nominates no node for a Pod that has one',
      { nodeName: 'n' },
      { nominatedNodeName: 'm' },
      ['status.nominatedNodeName: Forbidden: may not be set on pods that are already bound to a node'],
    ],
    [
      'has one address of a family',
      {},
      { podIPs: [{ ip: '10.0.0.1' }, { ip: '10.0.0.2' }] },
      [
        'status.podIPs: Invalid value: [{"ip":"10.0.0.1"},{"ip":"10.0.0.2"}]: may specify no more than one IP for each IP family',
      ],
    ],
    [
      'has the first host address twice',
      {},
      { hostIP: '10.0.0.1', hostIPs: [{ ip: 'x' }] },
      [
        'status.hostIPs[0].ip: Invalid value: "x": must be equal to `hostIP`',
        'status.hostIPs[0]: Invalid value: "x": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
      ],
    ],
    [
      'tells of claims there are',
      {},
      { resourceClaimStatuses: [{ name: 'r' }] },
      [
        'status.resourceClaimStatuses[0].name: Invalid value: "r": must match the name of an entry in `spec.resourceClaims`',
      ],
    ],
  ];
  for (const [what, spec, status, wanted] of cases) {
    it(what, () => assert.deepEqual(told(spec, {}, status), wanted));
  }

  it('has podIP first among podIPs', () => {
    const old = created('', 'Pod', pod({}));
    const now = structuredClone({ ...old, status: { podIP: '10.0.0.1', podIPs: [{ ip: '10.0.0.2' }] } });
    prepareStatusUpdate(now, old);
    assert.deepEqual(now.status.podIPs, [{ ip: '10.0.0.1' }]);
  });
});
