/** What is wrong with webhook configurations. */
import { duplicate, type FieldError, invalid, required, tooMany } from '../../api/field-error.ts';
import { isDns1035Label, isDns1123Subdomain } from '../../api/names.ts';
import type {
  MutatingWebhook,
  MutatingWebhookConfiguration,
  RuleWithOperations,
  ValidatingWebhook,
  ValidatingWebhookConfiguration,
} from '../../api/webhook.ts';
import { named, oneOf } from '../field-checks.ts';
import { validateLabelSelector } from '../label-selector.ts';
import { conditionFault } from './lazy-match-conditions.ts';
import { validateServiceReference, validateWebhookUrl } from './webhook-client.ts';

const operations = ['*', 'CONNECT', 'CREATE', 'DELETE', 'UPDATE'];
const reviewVersions = ['v1', 'v1beta1'];
const timeoutLimit = 30;
const conditionLimit = 64;

/** A list in which `*` (or `all`) must stand alone. */
function loneStar(
  list: readonly string[] | undefined,
  path: string,
  what: string,
  errors: FieldError[],
  star = '*',
): void {
  if (!list?.length) errors.push(required(path));
  else if (list.length > 1 && list.includes(star)) {
    errors.push(invalid(path, list, `if '${star}' is present, must not specify other ${what}`));
  }
}

function validateResources(resources: readonly string[], path: string, errors: FieldError[]): void {
  const subresourcesOf = new Set<string>();
  const withSubresource = new Set<string>();
  resources.forEach((resource, index) => {
    const field = `${path}[${index}]`;
    if (resource === '') errors.push(required(field));
    const [name = '', sub] = resource.split('/');
    if (sub === '*') subresourcesOf.add(name);
    if (sub !== undefined && sub !== '*' && subresourcesOf.has(name)) {
      errors.push(invalid(field, resource, `if '${name}/*' is present, must not specify ${resource}`));
    }
    if (name === '*' && sub !== undefined) withSubresource.add(sub);
    if (sub !== undefined && name !== '*' && withSubresource.has(sub)) {
      errors.push(invalid(field, resource, `if '*/${sub}' is present, must not specify ${resource}`));
    }
  });
  if (resources.length > 1 && resources.includes('*/*')) {
    errors.push(invalid(path, resources, "if '*/*' is present, must not specify other resources"));
  }
  if (resources.includes('*') && resources.some((one) => one !== '*' && !one.includes('/'))) {
    const why = "if '*' is present, must not specify other resources without subresources";
    errors.push(invalid(path, resources, why));
  }
}

/** One rule of a webhook or of an admission policy at `path`. */
function validateRule(rule: RuleWithOperations, path: string, errors: FieldError[]): void {
  loneStar(rule.operations, `${path}.operations`, 'operations', errors);
  rule.operations?.forEach((operation, index) => {
    oneOf(operation, operations, `${path}.operations[${index}]`, errors);
  });
  loneStar(rule.apiGroups, `${path}.apiGroups`, 'API groups', errors);
  loneStar(rule.apiVersions, `${path}.apiVersions`, 'API versions', errors);
  rule.apiVersions?.forEach((version, index) => {
    if (version === '') errors.push(required(`${path}.apiVersions[${index}]`));
  });
  if (!rule.resources?.length) errors.push(required(`${path}.resources`));
  else validateResources(rule.resources, `${path}.resources`, errors);
  if (rule.scope !== undefined) oneOf(rule.scope, ['*', 'Cluster', 'Namespaced'], `${path}.scope`, errors);
}

function validateVersions(webhook: ValidatingWebhook, path: string, errors: FieldError[]): void {
  const versions = webhook.admissionReviewVersions ?? [];
  const field = `${path}.admissionReviewVersions`;
  if (versions.length === 0) {
    errors.push(required(field, `must specify one of ${reviewVersions.join(', ')}`));
    return;
  }
  versions.forEach((version, index) => {
    if (versions.indexOf(version) !== index) errors.push(invalid(`${field}[${index}]`, version, 'duplicate version'));
    else named(isDns1035Label, version, `${field}[${index}]`, errors);
  });
  if (!versions.some((version) => reviewVersions.includes(version))) {
    errors.push(invalid(field, versions, `must include at least one of ${reviewVersions.join(', ')}`));
  }
}

function validateWebhook(webhook: ValidatingWebhook | MutatingWebhook, path: string, errors: FieldError[]): void {
  if (!webhook.name) errors.push(required(`${path}.name`));
  else {
    const before = errors.length;
    named(isDns1123Subdomain, webhook.name, `${path}.name`, errors);
    if (errors.length === before && webhook.name.split('.').length < 3) {
      const why = 'should be a domain with at least three segments separated by dots';
      errors.push(invalid(`${path}.name`, webhook.name, why));
    }
  }
  validateVersions(webhook, path, errors);
  webhook.rules?.forEach((rule, index) => {
    validateRule(rule, `${path}.rules[${index}]`, errors);
  });
  if (webhook.failurePolicy) oneOf(webhook.failurePolicy, ['Fail', 'Ignore'], `${path}.failurePolicy`, errors);
  if (webhook.matchPolicy) oneOf(webhook.matchPolicy, ['Equivalent', 'Exact'], `${path}.matchPolicy`, errors);
  if (!webhook.sideEffects) errors.push(required(`${path}.sideEffects`, 'must specify one of None, NoneOnDryRun'));
  else oneOf(webhook.sideEffects, ['None', 'NoneOnDryRun'], `${path}.sideEffects`, errors);
  const seconds = webhook.timeoutSeconds;
  if (seconds !== undefined && (seconds < 1 || seconds > timeoutLimit)) {
    const why = `the timeout value must be between 1 and ${timeoutLimit} seconds`;
    errors.push(invalid(`${path}.timeoutSeconds`, seconds, why));
  }
  validateLabelSelector(webhook.namespaceSelector, `${path}.namespaceSelector`, errors);
  validateLabelSelector(webhook.objectSelector, `${path}.objectSelector`, errors);
  validateClient(webhook, path, errors);
}

function validateClient(webhook: ValidatingWebhook, path: string, errors: FieldError[]): void {
  const { url, service } = webhook.clientConfig ?? {};
  if ((url === undefined) === (service === undefined)) {
    errors.push(required(`${path}.clientConfig`, 'exactly one of url or service is required'));
  } else if (url !== undefined) validateWebhookUrl(url, `${path}.clientConfig.url`, errors);
  else if (service !== undefined) validateServiceReference(service, `${path}.clientConfig.service`, errors);
  const conditions = webhook.matchConditions?.length ?? 0;
  if (conditions > conditionLimit) errors.push(tooMany(`${path}.matchConditions`, conditions, conditionLimit));
  webhook.matchConditions?.forEach((condition, index) => {
    const field = `${path}.matchConditions[${index}]`;
    if (!condition.expression?.trim()) errors.push(required(`${field}.expression`));
    else {
      const fault = conditionFault(condition.expression);
      if (fault !== undefined) errors.push(invalid(`${field}.expression`, condition.expression, fault));
    }
    if (!condition.name) errors.push(required(`${field}.name`));
  });
}

function validateAll(webhooks: readonly (ValidatingWebhook | MutatingWebhook)[] | undefined): FieldError[] {
  const errors: FieldError[] = [];
  const names = new Set<string>();
  webhooks?.forEach((webhook, index) => {
    const path = `webhooks[${index}]`;
    validateWebhook(webhook, path, errors);
    if (names.has(webhook.name)) errors.push(duplicate(`${path}.name`, webhook.name));
    names.add(webhook.name);
    const policy = (webhook as MutatingWebhook).reinvocationPolicy;
    if (policy !== undefined) oneOf(policy, ['IfNeeded', 'Never'], `${path}.reinvocationPolicy`, errors);
  });
  return errors;
}

/** What is wrong with a ValidatingWebhookConfiguration. */
export function validateValidatingWebhooks(configuration: ValidatingWebhookConfiguration): FieldError[] {
  return validateAll(configuration.webhooks);
}

/** What is wrong with a MutatingWebhookConfiguration. */
export function validateMutatingWebhooks(configuration: MutatingWebhookConfiguration): FieldError[] {
  return validateAll(configuration.webhooks);
}
