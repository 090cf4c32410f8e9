/** authorization.k8s.io/v1: may somebody do something (SubjectAccessReview, its local form, and the one about oneself). */
import { invalid, invalidObject, required, type FieldError } from '../../api/field-error.ts';
import { badRequest } from '../../api/errors.ts';
import type { JsonObject, KubeObject } from '../../api/object.ts';
import type { User } from '../../api/user.ts';
import type { Attributes, Authorizer, VirtualResource } from '../auth.ts';
import { answered, objectIn, specOf, textIn, textsIn } from './review.ts';

const group = 'authorization.k8s.io';

function attributesOf(spec: JsonObject, user: User): Attributes {
  const named = objectIn(spec, 'resourceAttributes');
  if (named !== undefined) {
    return {
      user,
      verb: textIn(named, 'verb'),
      group: textIn(named, 'group'),
      version: textIn(named, 'version'),
      resource: textIn(named, 'resource'),
      subresource: textIn(named, 'subresource'),
      namespace: textIn(named, 'namespace'),
      name: textIn(named, 'name'),
    };
  }
  const unnamed = objectIn(spec, 'nonResourceAttributes') ?? {};
  const none = { group: '', version: '', resource: '', subresource: '', namespace: '', name: '' };
  return { user, verb: textIn(unnamed, 'verb'), path: textIn(unnamed, 'path'), ...none };
}

/** API: exactly one kind of attributes, and for others a user or a group. */
function check(kind: string, spec: JsonObject, about: 'self' | 'other'): void {
  const hasNamed = objectIn(spec, 'resourceAttributes') !== undefined;
  const hasUnnamed = objectIn(spec, 'nonResourceAttributes') !== undefined;
  const errors: FieldError[] = [];
  const rule = 'cannot be specified in combination with resourceAttributes';
  if (hasNamed && hasUnnamed) errors.push(invalid('spec.nonResourceAttributes', spec['nonResourceAttributes'], rule));
  if (!hasNamed && !hasUnnamed) {
    const missing = 'exactly one of nonResourceAttributes or resourceAttributes must be specified';
    errors.push(invalid('spec.resourceAttributes', null, missing));
  }
  if (about === 'other' && textIn(spec, 'user') === '' && textsIn(spec, 'groups').length === 0) {
    errors.push(required('spec.user', 'at least one of user or group must be specified'));
  }
  if (errors.length > 0) throw invalidObject(group, kind, '', errors);
}

function subjectOf(spec: JsonObject): User {
  const uid = textIn(spec, 'uid');
  return { name: textIn(spec, 'user'), groups: textsIn(spec, 'groups'), ...(uid === '' ? {} : { uid }) };
}

/** The three access reviews. */
export function accessReviews(authorizer: Authorizer): VirtualResource[] {
  const decide = (body: KubeObject, attributes: Attributes): KubeObject => {
    const { allowed, reason } = authorizer.authorize(attributes);
    return answered(body, { allowed, ...(reason === '' ? {} : { reason }) });
  };
  return [
    {
      group,
      resource: 'subjectaccessreviews',
      subresource: '',
      create({ body }) {
        const spec = specOf(body);
        check('SubjectAccessReview', spec, 'other');
        return decide(body, attributesOf(spec, subjectOf(spec)));
      },
    },
    {
      group,
      resource: 'localsubjectaccessreviews',
      subresource: '',
      create({ body, namespace }) {
        const spec = specOf(body);
        check('LocalSubjectAccessReview', spec, 'other');
        const asked = textIn(objectIn(spec, 'resourceAttributes') ?? {}, 'namespace');
        if (asked !== namespace) {
          throw badRequest(`spec.resourceAttributes.namespace must match namespace: ${namespace}`);
        }
        return decide(body, attributesOf(spec, subjectOf(spec)));
      },
    },
    {
      group,
      resource: 'selfsubjectaccessreviews',
      subresource: '',
      create({ body, user }) {
        const spec = specOf(body);
        check('SelfSubjectAccessReview', spec, 'self');
        return decide(body, attributesOf(spec, user));
      },
    },
  ];
}
