/** authorization.k8s.io/v1: may somebody do something (SubjectAccessReview, its local form, and the one about oneself). */
import { type FieldError, invalid, invalidObject } from '../../api/field-error.ts';
import type { JsonObject, KubeObject } from '../../api/object.ts';
import type { User } from '../../api/user.ts';
import type { Access } from '../../api/access.ts';
import type { Authorizer, VirtualResource } from '../auth.ts';
import { selectorErrors } from './review-selectors.ts';
import { answered, objectIn, specOf, textIn, textsIn } from './review.ts';

const group = 'authorization.k8s.io';

function attributesOf(spec: JsonObject, user: User): Access {
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

/** API: what the server prints of an attribute object inside a message, by the names it has in Go. */
function printed(unnamed: JsonObject): JsonObject {
  return { Path: textIn(unnamed, 'path'), Verb: textIn(unnamed, 'verb') };
}

/** API: exactly one kind of attributes, and for others a user or a group. */
function specErrors(spec: JsonObject, about: 'self' | 'other'): FieldError[] {
  const unnamed = objectIn(spec, 'nonResourceAttributes');
  const named = objectIn(spec, 'resourceAttributes');
  const hasNamed = named !== undefined;
  const errors: FieldError[] = named === undefined ? [] : selectorErrors(named);
  if (hasNamed && unnamed !== undefined) {
    const rule = 'cannot be specified in combination with resourceAttributes';
    errors.push(invalid('spec.nonResourceAttributes', printed(unnamed), rule));
  }
  if (!hasNamed && unnamed === undefined) {
    const missing = 'exactly one of nonResourceAttributes or resourceAttributes must be specified';
    errors.push(invalid('spec.resourceAttributes', null, missing));
  }
  if (about === 'other' && textIn(spec, 'user') === '' && textsIn(spec, 'groups').length === 0) {
    errors.push(invalid('spec.user', '', 'at least one of user or group must be specified'));
  }
  return errors;
}

/** API: a review has no metadata but who wrote which field, and where it is made when that matters. */
function metadataErrors(body: KubeObject, local: boolean): FieldError[] {
  const { managedFields: _, ...rest } = body.metadata ?? {};
  const set = Object.entries(rest).filter(([field, value]) => {
    if (value === null || value === '' || (local && field === 'namespace')) return false;
    return typeof value !== 'object' || Object.keys(value).length > 0;
  });
  if (set.length === 0) return [];
  return [invalid('metadata', body.metadata, local ? 'must be empty except for namespace' : 'must be empty')];
}

/** API: a local review asks about resources of the namespace it is made in. */
function localErrors(body: KubeObject, spec: JsonObject): FieldError[] {
  const named = objectIn(spec, 'resourceAttributes');
  const unnamed = objectIn(spec, 'nonResourceAttributes');
  const errors: FieldError[] = [];
  const asked = named === undefined ? '' : textIn(named, 'namespace');
  if (named !== undefined && asked !== (body.metadata.namespace ?? '')) {
    errors.push(invalid('spec.resourceAttributes.namespace', asked, 'must match metadata.namespace'));
  }
  if (unnamed !== undefined) {
    errors.push(invalid('spec.nonResourceAttributes', printed(unnamed), 'disallowed on this kind of request'));
  }
  return errors;
}

/** API: the refusal names no kind. */
function refuse(errors: readonly FieldError[]): void {
  if (errors.length > 0) throw invalidObject(group, '', '', errors);
}

function subjectOf(spec: JsonObject): User {
  const uid = textIn(spec, 'uid');
  const extra = objectIn(spec, 'extra');
  return {
    name: textIn(spec, 'user'),
    groups: textsIn(spec, 'groups'),
    ...(uid === '' ? {} : { uid }),
    ...(extra === undefined
      ? {}
      : { extra: Object.fromEntries(Object.keys(extra).map((key) => [key, textsIn(extra, key)])) }),
  };
}

/** The three access reviews. */
export function accessReviews(authorizer: Authorizer): VirtualResource[] {
  const decide = (body: KubeObject, attributes: Access): KubeObject => {
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
        refuse([...specErrors(spec, 'other'), ...metadataErrors(body, false)]);
        return decide(body, attributesOf(spec, subjectOf(spec)));
      },
    },
    {
      group,
      resource: 'localsubjectaccessreviews',
      subresource: '',
      create({ body }) {
        const spec = specOf(body);
        refuse([...specErrors(spec, 'other'), ...metadataErrors(body, true), ...localErrors(body, spec)]);
        return decide(body, attributesOf(spec, subjectOf(spec)));
      },
    },
    {
      group,
      resource: 'selfsubjectaccessreviews',
      subresource: '',
      create({ body, user }) {
        const spec = specOf(body);
        refuse([...specErrors(spec, 'self'), ...metadataErrors(body, false)]);
        return decide(body, attributesOf(spec, user));
      },
    },
  ];
}
