/** Admission by policies in CEL: who is refused and how, what is changed, and what is said beside. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Access } from '../../../hub/api/access.ts';
import type { KubeObject } from '../../../hub/api/object.ts';
import { createCatalogue } from '../../../hub/kinds/catalogue.ts';
import { createConformer } from '../../../hub/kinds/conform.ts';
import { loadSchemas } from '../../../hub/kinds/load-schemas.ts';
import { Mutation, type MutationStep } from '../../../hub/registry/admission/mutation.ts';
import { MutatingPolicies } from '../../../hub/registry/admission/policies/mutating.ts';
import { ParamAccess } from '../../../hub/registry/admission/policies/param-access.ts';
import { ValidatingPolicies } from '../../../hub/registry/admission/policies/validating.ts';
import type { AdmissionPlugin, AdmissionRequest } from '../../../hub/registry/registry.ts';
import { admin } from '../../support/objects.ts';
import { reader, type StoredObjects } from '../../support/stored.ts';

const catalogue = createCatalogue();
const schemas = loadSchemas();
const conformer = createConformer(schemas);
const rules = [{ apiGroups: ['apps'], apiVersions: ['v1'], operations: ['*'], resources: ['deployments'] }];

// biome-ignore lint/suspicious/noExplicitAny: tests look wherever they like
type Anything = any;

function deployment(more: Anything = {}): KubeObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'd', namespace: 'n', labels: { app: 'x' }, ...more.metadata },
    spec: {
      replicas: 3,
      selector: { matchLabels: { app: 'x' } },
      template: {
        metadata: { labels: { app: 'x' } },
        spec: {
          containers: [
            { name: 'c', image: 'i', args: ['a'] },
            { name: 'e', image: 'j' },
          ],
        },
      },
      ...more.spec,
    },
  };
}

interface World {
  readonly policies: readonly object[];
  readonly bindings?: readonly object[];
  readonly stored?: StoredObjects;
  readonly allowed?: (access: Access) => boolean;
}

function optionsOf({ policies, bindings = [bound('p')], stored = {}, allowed = () => true }: World) {
  const world = reader({
    namespaces: [{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'n', labels: { team: 'blue' } } }],
    validatingadmissionpolicies: policies,
    validatingadmissionpolicybindings: bindings,
    mutatingadmissionpolicies: policies,
    mutatingadmissionpolicybindings: bindings,
    ...stored,
  });
  const options = {
    catalogue,
    schemas,
    conformer,
    converter: { convert: () => Promise.reject(new Error('nothing converts here')) },
    count: () => bindings.length,
    served: (_: unknown, entry: { object(): KubeObject }) => entry.object(),
    ready: () => undefined,
    authorize: (access: Access) => ({ allowed: allowed(access), reason: allowed(access) ? '' : 'no rule' }),
  };
  return { options, world };
}

const policy = (spec: object, name = 'p'): object => ({
  metadata: { name },
  spec: { failurePolicy: 'Fail', matchConstraints: { resourceRules: rules }, ...spec },
});
const bound = (policyName: string, more: object = {}, name = 'b'): object => ({
  metadata: { name },
  spec: { policyName, validationActions: ['Deny'], ...more },
});

interface Outcome {
  object: KubeObject | undefined;
  warnings: string[];
  annotations: Record<string, string>;
}

async function asked(plugin: AdmissionPlugin, more: Partial<AdmissionRequest> = {}): Promise<Outcome> {
  const info = more.info ?? catalogue.find('apps', 'v1', 'deployments');
  assert(info);
  const warnings: string[] = [];
  const annotations: Record<string, string> = {};
  const request: AdmissionRequest = {
    operation: 'CREATE',
    info,
    subresource: '',
    namespace: 'n',
    name: 'd',
    object: deployment(),
    old: undefined,
    user: admin,
    dryRun: false,
    warn: (text) => warnings.push(text),
    annotate: (key, value) => Object.assign(annotations, { [key]: value }),
    ...more,
  };
  assert.equal(plugin.handles(request), true);
  await plugin.mutate?.(request);
  await plugin.validate?.(request);
  return { object: request.object, warnings, annotations };
}

function judged(world: World, more: Partial<AdmissionRequest> = {}): Promise<Outcome> {
  const { options, world: stored } = optionsOf(world);
  return asked(new ValidatingPolicies(options, stored), more);
}

function changed(world: World, more: Partial<AdmissionRequest> = {}, later: MutationStep[] = []): Promise<Outcome> {
  const { options, world: stored } = optionsOf(world);
  return asked(new Mutation([new MutatingPolicies(options, stored), ...later], []), more);
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

const apply = (expression: string): object => ({ patchType: 'ApplyConfiguration', applyConfiguration: { expression } });
const steps = (expression: string): object => ({ patchType: 'JSONPatch', jsonPatch: { expression } });
const mutation = (...mutations: object[]): World => ({ policies: [policy({ mutations })] });
const mutatingHead = `policy 'p' with binding 'b' denied request:`;

describe('mutating policies', () => {
  it('apply configurations as server-side apply would', async () => {
    const { object } = await changed(
      mutation(
        apply("Object{metadata: Object.metadata{annotations: {'a/b': 'c'}, uid: 'mine', generation: 7}}"),
        apply(`Object{spec: Object.spec{replicas: object.spec.replicas + 1, template: Object.spec.template{
          spec: Object.spec.template.spec{containers: [
            Object.spec.template.spec.containers{name: 'e', image: 'k'},
            Object.spec.template.spec.containers{name: 'f', image: 'l', ?workingDir: optional.none()}]}}}}`),
      ),
    );
    const { metadata, spec } = object as Anything;
    assert.deepEqual(metadata.annotations, { 'a/b': 'c' });
    assert.equal(metadata.uid, undefined);
    assert.equal(metadata.generation, undefined);
    assert.equal(spec.replicas, 4);
    const containers = spec.template.spec.containers.map(({ name, image }: Anything) => `${name}=${image}`);
    assert.deepEqual(containers, ['c=i', 'e=k', 'f=l']);
    assert.deepEqual(spec.template.spec.containers[0].args, ['a']);
    assert.equal(spec.template.spec.containers[2].terminationMessagePolicy, 'File');
  });

  it('make JSON patches', async () => {
    const { object } = await changed(
      mutation(
        steps(`[JSONPatch{op: 'test', path: '/spec/replicas', value: 3},
          JSONPatch{op: 'add', path: '/metadata/labels/' + jsonpatch.escapeKey('a/b~c'), value: 'd'},
          JSONPatch{op: 'add', path: '/spec/template/spec/containers/-',
            value: Object.spec.template.spec.containers{name: 'f', image: 'l'}}]`),
        steps(
          "[JSONPatch{op: 'test', path: '/spec/replicas', value: 4}, JSONPatch{op: 'remove', path: '/metadata/labels/app'}]",
        ),
      ),
    );
    const { metadata, spec } = object as Anything;
    assert.deepEqual(metadata.labels, { app: 'x', 'a/b~c': 'd' });
    assert.equal(spec.template.spec.containers.length, 3);
  });

  it('refuse with 403 and their words when they cannot be made', async () => {
    const table: [object, string][] = [
      [
        apply(
          "Object{spec: Object.spec{template: Object.spec.template{spec: Object.spec.template.spec{containers: [Object.spec.template.spec.containers{name: 'c', args: ['z']}]}}}}",
        ),
        'error applying patch: invalid ApplyConfiguration: may not mutate atomic arrays, maps or structs: .spec.template.spec.containers[0].args',
      ],
      [
        apply('Object{spec: Object.spec{nothing: 1}}'),
        'error applying patch: failed to convert patch object to typed object: .spec.nothing: field not declared in schema',
      ],
      [
        apply('Object{spec: Object.wrong{replicas: 1}}'),
        'type mismatch: unexpected type name "Object.wrong", expected "Object.spec", which matches field name path from root Object type',
      ],
      [
        apply('Object{spec: Object.spec{replicas: object.none}}'),
        `expression 'Object{spec: Object.spec{replicas: object.none}}' resulted in error: no such key: none`,
      ],
      [apply('object'), 'must evaluate to Object but got dyn'],
    ];
    for (const [one, message] of table) {
      await assert.rejects(changed(mutation(one)), {
        message: `${mutatingHead} ${message}`,
        code: 403,
        reason: 'Invalid',
      });
    }
    const ignoring = policy({
      failurePolicy: 'Ignore',
      mutations: [apply('object'), apply('Object{spec: Object.spec{replicas: 7}}')],
    });
    const { object } = await changed({ policies: [ignoring] });
    assert.equal((object as Anything).spec.replicas, 7);
    await assert.rejects(changed(mutation(steps("[JSONPatch{op: 'add', path: '/spec/nothing', value: 1}]"))), {
      code: 500,
      message: /strict decoding error: unknown field "spec.nothing"/,
    });
  });

  it('are asked again, once, when something changed after them and they want that', async () => {
    const count = (name: string, reinvocationPolicy: string): object =>
      policy(
        { reinvocationPolicy, mutations: [apply('Object{spec: Object.spec{replicas: object.spec.replicas + 1}}')] },
        name,
      );
    const bindings = ['p', 'q'].map((name) => bound(name, {}, name));
    const replicas = async (world: World, later: MutationStep[] = []): Promise<number> =>
      ((await changed(world, {}, later)).object as Anything).spec.replicas;
    assert.equal(await replicas({ policies: [count('p', 'Never'), count('q', 'Never')], bindings }), 5);
    assert.equal(await replicas({ policies: [count('p', 'IfNeeded'), count('q', 'Never')], bindings }), 6);
    const webhook: MutationStep = {
      handles: () => true,
      begin: ({ object }) => ({
        first: async () => {
          Object.assign(object as Anything, { spec: { ...(object as Anything).spec, replicas: 10 } });
          return true;
        },
        again: async () => {},
      }),
    };
    assert.equal(await replicas({ policies: [count('q', 'IfNeeded')], bindings }, [webhook]), 11);
  });

  it('see conditions, variables, parameters and the namespace', async () => {
    const spec = {
      paramKind: { apiVersion: 'v1', kind: 'ConfigMap' },
      matchConditions: [{ name: 'few', expression: 'object.spec.replicas < 5 && params.data.on == "yes"' }],
      variables: [{ name: 'team', expression: 'namespaceObject.metadata.labels.team' }],
      mutations: [apply("Object{metadata: Object.metadata{labels: {'team': variables.team + params.data.more}}}")],
    };
    const configmaps = [{ metadata: { name: 'a', namespace: 'n' }, data: { on: 'yes', more: '!' } }];
    const bindings = [bound('p', { paramRef: { name: 'a', parameterNotFoundAction: 'Deny' } })];
    const { object } = await changed({ policies: [policy(spec)], bindings, stored: { configmaps } });
    assert.deepEqual(object?.metadata.labels, { app: 'x', team: 'blue!' });
    const many = await changed(
      { policies: [policy(spec)], bindings, stored: { configmaps } },
      { object: deployment({ spec: { replicas: 9 } }) },
    );
    assert.deepEqual(many.object?.metadata.labels, { app: 'x' });
  });
});

describe('parameters of policies', () => {
  it('are those the writer may read', async () => {
    const paramKind = { apiVersion: 'v1', kind: 'ConfigMap' };
    const known = policy({ paramKind });
    const user = { name: 'ann', groups: ['a'] };
    const accesses: Access[] = [];
    const refusedAs = (resource: string, object: object, old?: object, name = 'ann'): string => {
      const { options, world } = optionsOf({
        policies: [known],
        allowed: (access) => {
          accesses.push(access);
          return access.user.name === 'bob';
        },
      });
      const info = catalogue.find('admissionregistration.k8s.io', 'v1', resource);
      const request = {
        info,
        operation: old === undefined ? 'CREATE' : 'UPDATE',
        subresource: '',
        name: 'p',
        object,
        old,
      };
      const plugin = new ParamAccess(options, world);
      const asked = { ...request, user: { ...user, name } } as unknown as AdmissionRequest;
      assert.equal(plugin.handles(asked), true);
      try {
        plugin.validate(asked);
        return '';
      } catch (error) {
        return (error as Error).message;
      }
    };
    assert.equal(
      refusedAs('validatingadmissionpolicies', known),
      'ValidatingAdmissionPolicy.admissionregistration.k8s.io "p" is invalid: spec.paramKind: Forbidden: user &{ann  [a] map[]} must have "get" permission on all objects of the referenced paramKind (kind=ConfigMap, apiVersion=v1)',
    );
    assert.equal(accesses.at(-1)?.resource, 'configmaps');
    assert.equal(refusedAs('validatingadmissionpolicies', known, undefined, 'bob'), '');
    assert.equal(refusedAs('mutatingadmissionpolicies', known, known), '');
    assert.equal(refusedAs('mutatingadmissionpolicies', policy({})), '');
    const ref = bound('p', { paramRef: { name: 'a', namespace: 'n' } });
    assert.match(
      refusedAs('mutatingadmissionpolicybindings', ref),
      /does not have "get" permission on the object referenced/,
    );
    assert.deepEqual([accesses.at(-1)?.namespace, accesses.at(-1)?.name], ['n', 'a']);
    assert.equal(refusedAs('validatingadmissionpolicybindings', ref, ref), '');
    assert.notEqual(refusedAs('validatingadmissionpolicybindings', bound('q', { paramRef: { name: 'a' } })), '');
    assert.equal(accesses.at(-1)?.resource, '*');
  });
});
