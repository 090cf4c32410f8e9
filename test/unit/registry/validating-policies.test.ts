/** Admission by validating policies in CEL: who is refused and how, and what is said beside. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Access } from '../../../hub/api/access.ts';
import { MutatingPolicies } from '../../../hub/registry/admission/policies/mutating.ts';
import { ValidatingPolicies } from '../../../hub/registry/admission/policies/validating.ts';
import type { AdmissionRequest } from '../../../hub/registry/registry.ts';
import { admin } from '../../support/objects.ts';
import {
  type Anything,
  asked,
  bound,
  catalogue,
  deployment,
  type Outcome,
  optionsOf,
  policy,
  rules,
  type World,
} from '../../support/policy-world.ts';

function judged(world: World, more: Partial<AdmissionRequest> = {}): Promise<Outcome> {
  const { options, world: stored } = optionsOf(world);
  return asked(new ValidatingPolicies(options, stored), more);
}

const validation = (expression: string, more: object = {}): World => ({
  policies: [policy({ validations: [{ expression, ...more }] })],
});

const head = `deployments.apps "d" is forbidden: ValidatingAdmissionPolicy 'p' with binding 'b' denied request:`;

describe('validating policies', () => {
  it('refuse with a message, a reason and its code', async () => {
    const table: [World, string, string, number][] = [
      [validation('object.spec.replicas <= 2'), 'failed expression: object.spec.replicas <= 2', 'Invalid', 422],
      [validation('false', { message: ' no ' }), 'no', 'Invalid', 422],
      [validation('false', { reason: 'Forbidden', message: 'no' }), 'no', 'Forbidden', 403],
      [validation('false', { reason: 'Unauthorized', message: 'no' }), 'no', 'Unauthorized', 401],
      [validation('false', { reason: 'RequestEntityTooLarge', message: 'no' }), 'no', 'RequestEntityTooLarge', 413],
      [
        validation('false', { message: 'no', messageExpression: "'at most ' + string(object.spec.replicas - 1)" }),
        'at most 2',
        'Invalid',
        422,
      ],
      [validation('false', { message: 'no', messageExpression: "object.none + ''" }), 'no', 'Invalid', 422],
      [
        validation('object.spec.none > 1'),
        "expression 'object.spec.none > 1' resulted in error: no such key: none",
        'Invalid',
        422,
      ],
    ];
    for (const [world, message, reason, code] of table) {
      await assert.rejects(judged(world), (error: Anything) => {
        assert.equal(error.message, `${head} ${message}`);
        assert.equal(error.reason, reason);
        assert.equal(error.code, code);
        assert.equal(error.details.causes[0].message, error.message.slice(error.message.indexOf('Validating')));
        return true;
      });
    }
  });

  it('know the request, its objects, its namespace, and variables that are worked out when they are used', async () => {
    const holds = async (expression: string, more: object = {}, about: Partial<AdmissionRequest> = {}) => {
      const world = { policies: [policy({ validations: [{ expression }], ...more })] };
      await judged(world, about).catch((error: Error) => assert.fail(`${expression}: ${error.message}`));
    };
    await holds("request.operation == 'CREATE' && oldObject == null && request.resource.resource == 'deployments'");
    await holds("namespaceObject.metadata.labels.team == 'blue' && namespaceObject.metadata.name == 'n'");
    await holds(
      'object == null && oldObject.spec.replicas == 3',
      {},
      {
        operation: 'DELETE',
        object: undefined,
        old: deployment(),
      },
    );
    const variables = [
      { name: 'replicas', expression: 'object.spec.replicas' },
      { name: 'twice', expression: 'variables.replicas * 2' },
      { name: 'broken', expression: 'object.none.at.all' },
    ];
    await holds('variables.twice == 6', { variables });
    await assert.rejects(
      judged({ policies: [policy({ variables, validations: [{ expression: 'variables.broken == 1' }] })] }),
      /composited variable "broken" fails to evaluate: no such key: none/,
    );
    await holds('object.spec.?paused.orValue(false) == false && object.?none.hasValue() == false');
    await holds("object.spec.template.spec.containers.all(c, c.image.matches('^[ij]$'))");
    await holds("semver('1.2.3').isLessThan(semver('1.10.0')) && quantity('1Gi').isGreaterThan(quantity('1M'))");
  });

  it('ask the authorizer', async () => {
    const accesses: Access[] = [];
    const world = (expression: string): World => ({
      ...validation(expression),
      allowed: (access) => {
        accesses.push(access);
        return access.verb === 'get';
      },
    });
    await judged(
      world(
        "authorizer.group('apps').resource('deployments').subresource('x').namespace('m').name('k').check('get').allowed()",
      ),
    );
    assert.deepEqual(accesses[0], {
      user: admin,
      verb: 'get',
      version: '*',
      group: 'apps',
      resource: 'deployments',
      subresource: 'x',
      namespace: 'm',
      name: 'k',
    });
    await judged(world("!authorizer.requestResource.check('delete').allowed()"));
    assert.equal(accesses.at(-1)?.name, 'd');
    await judged(world("authorizer.requestResource.check('delete').reason() == 'no rule'"));
    await judged(world("authorizer.path('/healthz').check('get').allowed()"));
    assert.equal(accesses.at(-1)?.path, '/healthz');
    await judged(world("authorizer.serviceAccount('n', 'robot').group('').resource('pods').check('get').allowed()"));
    assert.equal(accesses.at(-1)?.user.name, 'system:serviceaccount:n:robot');
  });

  it('do what their bindings want: warn, write down, refuse', async () => {
    const world = validation('object.spec.replicas <= 2', { message: 'too many' });
    const soft = await judged({ ...world, bindings: [bound('p', { validationActions: ['Warn', 'Audit'] })] });
    assert.deepEqual(soft.warnings, ["Validation failed for ValidatingAdmissionPolicy 'p' with binding 'b': too many"]);
    assert.deepEqual(JSON.parse(soft.annotations['validation.policy.admission.k8s.io/validation_failure'] ?? ''), [
      { message: 'too many', policy: 'p', binding: 'b', expressionIndex: 0, validationActions: ['Warn', 'Audit'] },
    ]);
    const auditAnnotations = [
      { key: 'high', valueExpression: "'has ' + string(object.spec.replicas)" },
      { key: 'none', valueExpression: 'null' },
    ];
    const noted = await judged({ policies: [policy({ auditAnnotations })] });
    assert.deepEqual(noted.annotations, { 'p/high': 'has 3' });
    await judged({ ...world, bindings: [bound('other')] });
  });

  it('fail as they say when they cannot be asked', async () => {
    const spec = { validations: [{ expression: 'object.none' }] };
    await judged({ policies: [policy({ ...spec, failurePolicy: 'Ignore' })] });
    await assert.rejects(judged({ policies: [policy(spec)] }), /must evaluate to bool but got dyn/);
    const conditions = (expression: string) => ({ matchConditions: [{ name: 'c', expression }] });
    await judged({ policies: [policy({ validations: [{ expression: 'false' }], ...conditions('false') })] });
    await assert.rejects(
      judged({ policies: [policy({ validations: [{ expression: 'true' }], ...conditions('object.none == 1') })] }),
      { message: `${head} expression 'object.none == 1' resulted in error: no such key: none`, code: 422 },
    );
    const list = `[${Array.from({ length: 20 }, (_, index) => index).join(', ')}]`;
    const nested = (depth: number): string => (depth === 0 ? 'true' : `${list}.all(x${depth}, ${nested(depth - 1)})`);
    await assert.rejects(
      judged(validation(nested(5))),
      /resulted in error: operation cancelled: actual cost limit exceeded/,
    );
    const dear = Array.from({ length: 25 }, () => ({ expression: nested(4) }));
    await assert.rejects(
      judged({ policies: [policy({ validations: dear })] }),
      /validation failed due to running out of cost budget, no further validation rules will be run/,
    );
  });

  it('are chosen by rules, names, namespaces and objects, of themselves and of their bindings', async () => {
    const refused = async (match: object, matchResources?: object): Promise<boolean> => {
      const policies = [
        policy({ validations: [{ expression: 'false' }], matchConstraints: { resourceRules: rules, ...match } }),
      ];
      const bindings = [bound('p', matchResources === undefined ? {} : { matchResources })];
      return judged({ policies, bindings }).then(
        () => false,
        () => true,
      );
    };
    const selects = (team: string): object => ({ namespaceSelector: { matchLabels: { team } } });
    assert.equal(await refused({}), true);
    assert.equal(await refused(selects('red')), false);
    assert.equal(await refused({}, selects('red')), false);
    assert.equal(await refused({}, selects('blue')), true);
    assert.equal(await refused({ objectSelector: { matchLabels: { app: 'y' } } }), false);
    assert.equal(await refused({ excludeResourceRules: rules }), false);
    assert.equal(await refused({ resourceRules: [{ ...rules[0], resourceNames: ['d'] }] }), true);
    assert.equal(await refused({ resourceRules: [{ ...rules[0], resourceNames: ['e'] }] }), false);
    assert.equal(await refused({}, { resourceRules: [{ ...rules[0], operations: ['DELETE'] }] }), false);
  });

  it('are evaluated with each parameter of a binding', async () => {
    const paramKind = { apiVersion: 'v1', kind: 'ConfigMap' };
    const limit = (name: string, max: string, namespace = 'n') => ({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name, namespace, labels: { kind: 'limit' } },
      data: { max },
    });
    const world = (paramRef: object | undefined, ...configmaps: object[]): World => ({
      policies: [
        policy({
          paramKind,
          validations: [{ expression: 'params == null || object.spec.replicas <= int(params.data.max)' }],
        }),
      ],
      bindings: [bound('p', paramRef === undefined ? {} : { paramRef })],
      stored: { configmaps },
    });
    const deny = { parameterNotFoundAction: 'Deny' };
    await judged(world(undefined));
    await judged(world({ name: 'a', ...deny }, limit('a', '3')));
    await assert.rejects(judged(world({ name: 'a', ...deny }, limit('a', '2'))), { code: 422 });
    await judged(world({ name: 'a', namespace: 'o', ...deny }, limit('a', '2'), limit('a', '5', 'o')));
    const all = { selector: { matchLabels: { kind: 'limit' } } };
    await assert.rejects(judged(world({ ...all, ...deny }, limit('a', '9'), limit('b', '2'))), { code: 422 });
    await judged(world({ ...all, parameterNotFoundAction: 'Allow' }));
    await assert.rejects(judged(world({ ...all, ...deny })), {
      message: `${head} failed to configure binding: no params found for policy binding with \`Deny\` parameterNotFoundAction`,
    });
    const unknown = policy({
      paramKind: { apiVersion: 'x.io/v1', kind: 'Limit' },
      validations: [{ expression: 'true' }],
    });
    await assert.rejects(judged({ policies: [unknown] }), {
      message: `deployments.apps "d" is forbidden: ValidatingAdmissionPolicy 'p' denied request: failed to configure policy: failed to find resource referenced by paramKind: 'x.io/v1, Kind=Limit'`,
    });
  });

  it('are asked about webhooks, but not about policies and reviews', () => {
    const { options, world } = optionsOf(validation('false'));
    const table: [string, string, boolean][] = [
      ['admissionregistration.k8s.io', 'validatingwebhookconfigurations', true],
      ['admissionregistration.k8s.io', 'validatingadmissionpolicies', false],
      ['admissionregistration.k8s.io', 'mutatingadmissionpolicybindings', false],
      ['authorization.k8s.io', 'subjectaccessreviews', false],
    ];
    for (const [group, resource, expected] of table) {
      const request = { info: { group, resource } } as AdmissionRequest;
      assert.equal(new ValidatingPolicies(options, world).handles(request), expected, resource);
      assert.equal(new MutatingPolicies(options, world).handles(request), expected, resource);
    }
    const { options: none } = optionsOf({ policies: [], bindings: [] });
    const request = { info: catalogue.find('', 'v1', 'pods') } as AdmissionRequest;
    assert.equal(new ValidatingPolicies(none, world).handles(request), false);
  });
});
