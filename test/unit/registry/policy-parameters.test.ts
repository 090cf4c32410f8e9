/** Who may name the parameters of a policy: whoever may read them. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Access } from '../../../hub/api/access.ts';
import { ParamAccess } from '../../../hub/registry/admission/policies/param-access.ts';
import type { AdmissionRequest } from '../../../hub/registry/registry.ts';
import { bound, catalogue, optionsOf, policy } from '../../support/policy-world.ts';

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
