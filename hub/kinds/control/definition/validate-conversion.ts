/** How a definition says that its versions are turned into each other. */
import type { Conversion } from '../../../api/custom-resource.ts';
import { type FieldError, forbiddenField, invalid, notSupported, required } from '../../../api/field-error.ts';
import { isDns1035Label } from '../../../api/names.ts';
import { named } from '../../field-checks.ts';
import { validateServiceReference, validateWebhookUrl } from '../webhook-client.ts';

const notThen = 'should not be set when strategy is not set to Webhook';
const known = ['v1', 'v1beta1'];

function validateReviewVersions(versions: readonly string[], path: string, errors: FieldError[]): void {
  if (versions.length === 0) {
    errors.push(required(path));
    return;
  }
  const seen = new Set<string>();
  versions.forEach((version, index) => {
    if (seen.has(version)) errors.push(invalid(`${path}[${index}]`, version, 'duplicate version'));
    else named(isDns1035Label, version, `${path}[${index}]`, errors);
    seen.add(version);
  });
  if (!versions.some((version) => known.includes(version))) {
    errors.push(invalid(path, versions, `must include at least one of ${known.join(', ')}`));
  }
}

function validateClient(conversion: Conversion, path: string, errors: FieldError[]): void {
  const config = conversion.webhook?.clientConfig;
  if (config === undefined) {
    errors.push(required(path, 'required when strategy is set to Webhook'));
    return;
  }
  if ((config.url === undefined) === (config.service === undefined)) {
    errors.push(required(path, 'exactly one of url or service is required'));
  } else if (config.url !== undefined) validateWebhookUrl(config.url, `${path}.url`, errors);
  else if (config.service !== undefined) validateServiceReference(config.service, `${path}.service`, errors);
}

/** What is wrong with spec.conversion. */
export function validateConversion(conversion: Conversion | undefined, errors: FieldError[]): void {
  if (conversion === undefined) return;
  const { strategy = '', webhook } = conversion;
  const client = 'spec.conversion.webhookClientConfig';
  const versions = 'spec.conversion.conversionReviewVersions';
  if (strategy === '') errors.push(required('spec.conversion.strategy'));
  else if (strategy !== 'None' && strategy !== 'Webhook') {
    errors.push(notSupported('spec.conversion.strategy', strategy, ['None', 'Webhook']));
  }
  if (strategy === 'Webhook') {
    validateClient(conversion, client, errors);
    validateReviewVersions(webhook?.conversionReviewVersions ?? [], versions, errors);
    return;
  }
  if (webhook?.clientConfig !== undefined) errors.push(forbiddenField(client, notThen));
  if (webhook?.conversionReviewVersions?.length) errors.push(forbiddenField(versions, notThen));
}
