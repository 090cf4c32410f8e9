/** What is wrong with webhook configurations. */
import { duplicate, type FieldError, invalid, required } from '../../api/field-error.ts';
import { isDns1035Label, isDns1123Subdomain } from '../../api/names.ts';
import type {
  MutatingWebhook,
  MutatingWebhookConfiguration,
  ValidatingWebhook,
  ValidatingWebhookConfiguration,
} from '../../api/webhook.ts';
import { named, oneOf } from '../field-checks.ts';
import { validateLabelSelector } from '../label-selector.ts';
import { validateMatchConditions, validateRule } from './validate-rules.ts';
import { validateServiceReference, validateWebhookUrl } from './webhook-client.ts';

const reviewVersions = ['v1', 'v1beta1'];
const timeoutLimit = 30;

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
    const problems = isDns1123Subdomain(webhook.name);
    const isShort = problems.length === 0 && webhook.name.split('.').length < 3;
    if (isShort) problems.push('should be a domain with at least three segments separated by dots');
    if (problems.length > 0) errors.push(invalid(`${path}.name`, webhook.name, problems.join(',')));
  }
  webhook.rules?.forEach((rule, index) => {
    validateRule(rule, `${path}.rules[${index}]`, errors);
  });
  if (webhook.failurePolicy !== undefined)
    oneOf(webhook.failurePolicy, ['Fail', 'Ignore'], `${path}.failurePolicy`, errors);
  if (webhook.matchPolicy !== undefined)
    oneOf(webhook.matchPolicy, ['Equivalent', 'Exact'], `${path}.matchPolicy`, errors);
  // an absent one reads as ''
  if (!webhook.sideEffects) {
    errors.push(required(`${path}.sideEffects`, 'must specify one of None, NoneOnDryRun'));
  } else oneOf(webhook.sideEffects, ['None', 'NoneOnDryRun'], `${path}.sideEffects`, errors);
  const seconds = webhook.timeoutSeconds;
  if (seconds !== undefined && (seconds < 1 || seconds > timeoutLimit)) {
    const why = `the timeout value must be between 1 and ${timeoutLimit} seconds`;
    errors.push(invalid(`${path}.timeoutSeconds`, seconds, why));
  }
  validateLabelSelector(webhook.namespaceSelector, `${path}.namespaceSelector`, errors);
  validateLabelSelector(webhook.objectSelector, `${path}.objectSelector`, errors);
  const policy = (webhook as MutatingWebhook).reinvocationPolicy;
  if (policy !== undefined) oneOf(policy, ['IfNeeded', 'Never'], `${path}.reinvocationPolicy`, errors);
  validateClient(webhook, path, errors);
  validateVersions(webhook, path, errors);
}

function validateClient(webhook: ValidatingWebhook, path: string, errors: FieldError[]): void {
  const { url, service } = webhook.clientConfig ?? {};
  if ((url === undefined) === (service === undefined)) {
    errors.push(required(`${path}.clientConfig`, 'exactly one of url or service is required'));
  } else if (url !== undefined) validateWebhookUrl(url, `${path}.clientConfig.url`, errors);
  else if (service !== undefined) validateServiceReference(service, `${path}.clientConfig.service`, errors);
  validateMatchConditions(webhook.matchConditions, `${path}.matchConditions`, errors);
}

function validateAll(webhooks: readonly (ValidatingWebhook | MutatingWebhook)[] | undefined): FieldError[] {
  const errors: FieldError[] = [];
  const names = new Set<string>();
  webhooks?.forEach((webhook, index) => {
    const path = `webhooks[${index}]`;
    validateWebhook(webhook, path, errors);
    if (webhook.name && names.has(webhook.name)) errors.push(duplicate(`${path}.name`, webhook.name));
    names.add(webhook.name);
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
