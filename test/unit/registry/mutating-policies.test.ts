/** Admission by mutating policies in CEL: what is changed, in which order, and what cannot be. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Mutation, type MutationStep } from '../../../hub/registry/admission/mutation.ts';
import { MutatingPolicies } from '../../../hub/registry/admission/policies/mutating.ts';
import type { AdmissionRequest } from '../../../hub/registry/registry.ts';
import {
  type Anything,
  asked,
  bound,
  deployment,
  type Outcome,
  optionsOf,
  policy,
  type World,
} from '../../support/policy-world.ts';

function changed(world: World, more: Partial<AdmissionRequest> = {}, later: MutationStep[] = []): Promise<Outcome> {
  const { options, world: stored } = optionsOf(world);
  return asked(new Mutation([new MutatingPolicies(options, stored), ...later], []), more);
}

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
