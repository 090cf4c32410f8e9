/** What is wrong with admission policies and their bindings. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { KubeObject } from '../../../hub/api/object.ts';
import { createCatalogue } from '../../../hub/kinds/catalogue.ts';
import {
  mutatingBindingStrategy,
  mutatingPolicyStrategy,
  validatingBindingStrategy,
  validatingPolicyStrategy,
} from '../../../hub/kinds/control/admission-policy.ts';
import { lazyTypeCheck } from '../../../hub/kinds/control/policy/lazy-policies.ts';
import type { Strategy } from '../../../hub/kinds/kind.ts';
import { loadSchemas } from '../../../hub/kinds/load-schemas.ts';

const rules = [{ apiGroups: ['apps'], apiVersions: ['v1'], operations: ['CREATE'], resources: ['deployments'] }];

function errorsOf(strategy: Strategy, spec: object): string[] {
  const object = { metadata: { name: 'p' }, spec: structuredClone(spec) } as unknown as KubeObject;
  strategy.setDefaults(object);
  return strategy.validateCreate(object).map(({ field, message }) => `${field}: ${message}`);
}

const validating = (more: object): string[] =>
  errorsOf(validatingPolicyStrategy, {
    matchConstraints: { resourceRules: rules },
    validations: [{ expression: 'true' }],
    ...more,
  });
const validations = (...list: object[]): string[] => validating({ validations: list });
const apply = (expression: string): object => ({ patchType: 'ApplyConfiguration', applyConfiguration: { expression } });
const json = (expression: string): object => ({ patchType: 'JSONPatch', jsonPatch: { expression } });
const mutating = (mutations: readonly object[], more: object = {}): string[] =>
  errorsOf(mutatingPolicyStrategy, { matchConstraints: { resourceRules: rules }, mutations, ...more });
const bound = (more: object): string[] =>
  errorsOf(validatingBindingStrategy, { policyName: 'p', validationActions: ['Deny'], ...more });

const compiled = (text: string, at: number, why: string): string =>
  `compilation failed: ERROR: <input>:1:${at}: ${why}\n | ${text}\n | ${'.'.repeat(at - 1)}^`;

describe('admission policies', () => {
  it('say what they are about', () => {
    assert.deepEqual(validating({}), []);
    assert.deepEqual(validating({ matchConstraints: undefined }), ['spec.matchConstraints: Required value']);
    assert.deepEqual(validating({ matchConstraints: {} }), ['spec.matchConstraints.resourceRules: Required value']);
    assert.deepEqual(
      validating({ failurePolicy: 'Sometimes', matchConstraints: { matchPolicy: 'Near', resourceRules: rules } }),
      [
        'spec.failurePolicy: Unsupported value: "Sometimes": supported values: "Fail", "Ignore"',
        'spec.matchConstraints.matchPolicy: Unsupported value: "Near": supported values: "Equivalent", "Exact"',
      ],
    );
    const twice = [{ ...rules[0], resourceNames: ['a', 'a', '/'] }];
    assert.deepEqual(validating({ matchConstraints: { resourceRules: twice } }), [
      'spec.matchConstraints.resourceRules[0].resourceNames[1]: Duplicate value: "a"',
      `spec.matchConstraints.resourceRules[0].resourceNames[2]: Invalid value: "/": may not contain '/'`,
    ]);
    const conditions = [
      { name: 'c', expression: 'true' },
      { name: 'c', expression: ' ' },
      { name: '-', expression: '1' },
    ];
    const [same, missing, ...rest] = validating({ matchConditions: conditions });
    assert.equal(same, 'spec.matchConditions[1].expression: Required value');
    assert.equal(missing, 'spec.matchConditions[1].name: Duplicate value: "c"');
    assert.match(
      rest.join('; '),
      /must evaluate to bool but got int.*spec.matchConditions\[2\].name: Invalid value: "-"/,
    );
  });

  it('name a kind of parameters', () => {
    const kind = (apiVersion: string, name: string): string[] => validating({ paramKind: { apiVersion, kind: name } });
    assert.deepEqual(kind('v1', 'ConfigMap'), []);
    assert.deepEqual(kind('', ''), [
      'spec.paramKind.apiVersion: Required value',
      'spec.paramKind.kind: Required value',
    ]);
    assert.match(kind('a/b/c', 'K')[0] ?? '', /: unexpected GroupVersion string: a\/b\/c$/);
    assert.match(kind('x/', 'K')[0] ?? '', /: version must be specified$/);
    assert.match(kind('v1', 'no good')[0] ?? '', /may have mixed case, but should otherwise match: a DNS-1035/);
  });

  it('tell what does not compile', () => {
    assert.deepEqual(validations({ expression: 'object.x > 1 && params.a' }), [
      `spec.validations[0].expression: Invalid value: "object.x > 1 && params.a": ${compiled(
        'object.x > 1 && params.a',
        17,
        "undeclared reference to 'params' (in container '')",
      )}`,
    ]);
    assert.deepEqual(validations({ expression: '1', messageExpression: '2' }), [
      'spec.validations[0].expression: Invalid value: "1": must evaluate to bool but got int',
      'spec.validations[0].messageExpression: Invalid value: "2": must evaluate to string but got int',
    ]);
    assert.match(
      validations({ expression: 'true', messageExpression: "authorizer.path('/').check('get').reason()" })[0] ?? '',
      /undeclared reference to 'authorizer'/,
    );
    const variables = [
      { name: 'a', expression: 'object.spec' },
      { name: 'b', expression: 'variables.c' },
      { name: 'for', expression: 'true' },
      { name: '', expression: ' ' },
    ];
    const faults = validating({ variables, validations: [{ expression: 'variables.a == 1 && variables.d == 2' }] });
    assert.match(faults[0] ?? '', /^spec.variables\[1\].expression: .*undefined field 'c'/);
    assert.equal(faults[1], 'spec.variables[2].name: Invalid value: "for": must be a valid CEL identifier');
    assert.equal(faults[2], 'spec.variables[3].name: Required value: name is not specified');
    assert.equal(faults[3], 'spec.variables[3].expression: Required value: expression is not specified');
    assert.match(faults[4] ?? '', /undefined field 'd'/);
  });

  it('have messages of one line, known reasons, and annotations', () => {
    assert.deepEqual(validations({ expression: 'true', message: ' ', reason: 'NotFound' }), [
      'spec.validations[0].message: Invalid value: " ": must be non-empty if specified',
      'spec.validations[0].reason: Unsupported value: "NotFound": supported values: "Forbidden", "Invalid", "RequestEntityTooLarge"',
    ]);
    assert.deepEqual(validations({ expression: 'true', message: 'a\nb', messageExpression: ' ' }), [
      'spec.validations[0].messageExpression: Invalid value: " ": must be non-empty if specified',
      'spec.validations[0].message: Invalid value: "a\\nb": must not contain line breaks',
    ]);
    assert.equal(validating({ validations: [] }).length, 2);
    const annotation = (key: string, valueExpression: string): object => ({ key, valueExpression });
    assert.deepEqual(
      validating({ auditAnnotations: [annotation('a', "'x'"), annotation('a', 'null'), annotation('b', '1')] }),
      [
        'spec.auditAnnotations[1].key: Duplicate value: "a"',
        'spec.auditAnnotations[2].valueExpression: Invalid value: "1": must evaluate to one of [string null_type] but got int',
      ],
    );
    const many = Array.from({ length: 21 }, (_, index) => annotation(`k${index}`, "'x'"));
    assert.match(validating({ auditAnnotations: many })[0] ?? '', /must not have more than 20 auditAnnotations$/);
  });

  it('change objects in one of two ways', () => {
    assert.deepEqual(
      mutating([apply('Object{spec: Object.spec{replicas: 1}}'), json('[JSONPatch{op: "test", path: "/"}]')]),
      [],
    );
    assert.deepEqual(mutating([]), ['spec.mutations: Required value: mutations must contain at least one item']);
    const table: [object, string][] = [
      [{}, 'spec.mutations[0].patchType: Required value'],
      [
        { patchType: 'Merge' },
        'spec.mutations[0].patchType: Unsupported value: "Merge": supported values: "ApplyConfiguration", "JSONPatch"',
      ],
      [
        { patchType: 'JSONPatch' },
        'spec.mutations[0].jsonPatch: Required value: must be specified when patchType is JSONPatch',
      ],
      [
        { ...json('[JSONPatch{op: "test", path: "/"}]'), applyConfiguration: {} },
        'spec.mutations[0].applyConfiguration: Invalid value: "{applyConfiguration}": must not be specified when patchType is JSONPatch',
      ],
      [apply(' '), 'spec.mutations[0].applyConfiguration.expression: Required value'],
      [
        apply('object'),
        'spec.mutations[0].applyConfiguration.expression: Invalid value: "object": must evaluate to Object but got dyn',
      ],
      [
        json('Object{}'),
        'spec.mutations[0].jsonPatch.expression: Invalid value: "Object{}": must evaluate to list(JSONPatch) but got Object',
      ],
    ];
    for (const [mutation, error] of table) assert.deepEqual(mutating([mutation]), [error]);
    assert.match(
      mutating([json('[JSONPatch{op: 1}]')])[0] ?? '',
      /expected type of field 'op' is 'string' but provided type is 'int'/,
    );
    assert.match(mutating([json('[JSONPatch{on: 1}]')])[0] ?? '', /undefined field 'on'/);
    assert.match(mutating([json('[Other{a: 1}]')])[0] ?? '', /undeclared reference to 'Other'/);
    assert.deepEqual(
      mutating([apply('Object{}')], {
        reinvocationPolicy: 'Always',
        matchConstraints: { resourceRules: [{ ...rules[0], operations: ['DELETE'] }] },
      }),
      [
        'spec.matchConstraints.resourceRules.operations: Unsupported value: "DELETE": supported values: "*", "CONNECT", "CREATE", "UPDATE"',
        'spec.reinvocationPolicy: Unsupported value: "Always": supported values: "IfNeeded", "Never"',
      ],
    );
  });

  it('are bound with actions and parameters', () => {
    assert.deepEqual(bound({}), []);
    assert.deepEqual(bound({ policyName: '', validationActions: [] }), [
      'spec.policyName: Required value',
      'spec.validationActions: Required value: at least one validation action is required',
    ]);
    assert.deepEqual(bound({ validationActions: ['Deny', 'Deny', 'Warn', 'Log'] }), [
      'spec.validationActions[1]: Duplicate value: "Deny"',
      'spec.validationActions[3]: Unsupported value: "Log": supported values: "Audit", "Deny", "Warn"',
      'spec.validationActions: Invalid value: ["Deny","Deny","Warn","Log"]: must not contain both Deny and Warn (repeating the same validation failure information in the API response and headers serves no purpose)',
    ]);
    assert.deepEqual(bound({ paramRef: { name: 'a', selector: {}, parameterNotFoundAction: 'Maybe' } }), [
      'spec.paramRef.name: Forbidden: name and selector are mutually exclusive',
      'spec.paramRef.selector: Forbidden: name and selector are mutually exclusive',
      'spec.paramRef.parameterNotFoundAction: Unsupported value: "Maybe": supported values: "Deny", "Allow"',
    ]);
    assert.deepEqual(bound({ paramRef: {} }), [
      'spec.paramRef: Required value: one of name or selector must be specified',
      'spec.paramRef.parameterNotFoundAction: Required value',
    ]);
    const deleting = { resourceRules: [{ ...rules[0], operations: ['DELETE'] }] };
    assert.deepEqual(errorsOf(mutatingBindingStrategy, { policyName: 'p', matchResources: deleting }), [
      'spec.matchResources.resourceRules.operations: Unsupported value: "DELETE": supported values: "*", "CONNECT", "CREATE", "UPDATE"',
    ]);
  });
});

describe('the types of a policy', () => {
  const check = lazyTypeCheck(createCatalogue(), loadSchemas());
  const warningsOf = (spec: object) => check({ matchConstraints: { resourceRules: rules }, ...spec });

  it('are those of what it matches', () => {
    const variables = [{ name: 'containers', expression: 'object.spec.template.spec.containers' }];
    const fine = [
      'object.spec.replicas > 1 && object.metadata.labels["a"] == "b" && oldObject.spec.paused',
      'variables.containers.all(c, c.name.startsWith("x") && c.securityContext.runAsNonRoot)',
      'object.metadata.creationTimestamp > timestamp("2020-01-01T00:00:00Z")',
      'authorizer.requestResource.check("get").allowed() && namespaceObject.metadata.name == request.namespace',
    ];
    assert.deepEqual(warningsOf({ variables, validations: fine.map((expression) => ({ expression })) }), []);
    assert.deepEqual(
      warningsOf({
        variables,
        validations: [
          { expression: 'object.spec.nothing > 1', messageExpression: '"x"' },
          { expression: 'object.spec.replicas > "1"', messageExpression: 'object.kinds' },
          { expression: 'variables.containers.exists(c, c.names == "a")' },
        ],
      }).map(({ fieldRef, warning }) => `${fieldRef}: ${warning.split('\n')[0]}`),
      [
        "spec.validations[0].expression: apps/v1, Kind=Deployment: ERROR: <input>:1:12: undefined field 'nothing'",
        "spec.validations[1].expression: apps/v1, Kind=Deployment: ERROR: <input>:1:22: found no matching overload for '_>_' applied to '(int, string)'",
        "spec.validations[1].messageExpression: apps/v1, Kind=Deployment: ERROR: <input>:1:7: undefined field 'kinds'",
        "spec.validations[2].expression: apps/v1, Kind=Deployment: ERROR: <input>:1:33: undefined field 'names'",
      ],
    );
  });

  it('are checked one by one, and only where they are named', () => {
    const many = [
      { ...rules[0], apiGroups: ['apps', 'batch'], resources: ['deployments', 'jobs', 'jobs/status', '*'] },
    ];
    const validations = [{ expression: 'object.spec.replicas == params.data.size()' }];
    const paramKind = { apiVersion: 'v1', kind: 'ConfigMap' };
    const [warning, ...more] = check({ matchConstraints: { resourceRules: many }, validations, paramKind });
    assert.match(warning?.warning ?? '', /^batch\/v1, Kind=Job: ERROR: <input>:1:12: undefined field 'replicas'/);
    assert.deepEqual(more, []);
    const star = [{ ...rules[0], apiGroups: ['*'] }];
    assert.deepEqual(
      check({ matchConstraints: { resourceRules: star }, validations: [{ expression: 'object.no' }] }),
      [],
    );
    const recursive = [{ ...rules[0], apiGroups: ['apiextensions.k8s.io'], resources: ['customresourcedefinitions'] }];
    assert.deepEqual(
      check({
        matchConstraints: { resourceRules: recursive },
        validations: [{ expression: 'object.spec.versions.all(v, v.schema.openAPIV3Schema.not.not.type == "x")' }],
      }),
      [],
    );
  });
});
