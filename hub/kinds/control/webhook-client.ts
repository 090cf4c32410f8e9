/** How a webhook is reached: a URL, or a Service of the cluster. */
import { type FieldError, invalid, required } from '../../api/field-error.ts';
import { isDns1123Subdomain } from '../../api/names.ts';
import { type GoUrl, parseGoUrl, UrlFault } from '../go-url.ts';

const form = 'desired format: https://host[/path]';

/** The URL of a webhook: https, without user, query or fragment. */
export function validateWebhookUrl(url: string, path: string, errors: FieldError[]): void {
  let parsed: GoUrl;
  try {
    parsed = parseGoUrl(url);
  } catch (error) {
    if (!(error instanceof UrlFault)) throw error;
    errors.push(required(path, `url must be a valid URL: ${error.message}; ${form}`));
    return;
  }
  const { scheme, host, user, fragment, query } = parsed;
  if (scheme !== 'https') errors.push(invalid(path, scheme, `'https' is the only allowed URL scheme; ${form}`));
  if (host === '') errors.push(invalid(path, '', `host must be specified; ${form}`));
  if (user !== undefined) errors.push(invalid(path, user, 'user information is not permitted in the URL'));
  if (fragment !== '') errors.push(invalid(path, fragment, 'fragments are not permitted in the URL'));
  if (query !== '') errors.push(invalid(path, query, 'query parameters are not permitted in the URL'));
}

/** A Service as the target of a webhook. API: a missing name is told of the namespace, and a missing namespace of the name. */
export function validateServiceReference(
  service: { name?: string; namespace?: string; path?: string; port?: number },
  path: string,
  errors: FieldError[],
): void {
  if (!service.namespace) errors.push(required(`${path}.name`));
  if (!service.name) errors.push(required(`${path}.namespace`));
  const { port } = service;
  if (port !== undefined && (port < 1 || port > 65_535)) {
    errors.push(invalid(`${path}.port`, port, 'port is not valid: must be between 1 and 65535, inclusive'));
  }
  if (service.path !== undefined) validatePath(service.path, `${path}.path`, errors);
}

function validatePath(value: string, path: string, errors: FieldError[]): void {
  if (value === '' || value === '/') return;
  if (value === '//') {
    errors.push(invalid(path, value, 'segment[0] may not be empty'));
    return;
  }
  if (!value.startsWith('/')) errors.push(invalid(path, value, "must start with a '/'"));
  const steps = value.slice(1).split('/');
  const kept = value.endsWith('/') ? steps.slice(0, -1) : steps;
  kept.forEach((step, index) => {
    if (step === '') errors.push(invalid(path, value, `segment[${index}] may not be empty`));
    else {
      for (const problem of isDns1123Subdomain(step))
        errors.push(invalid(path, value, `segment[${index}]: ${problem}`));
    }
  });
}
