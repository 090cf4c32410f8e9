/** How a webhook is reached: a URL, or a Service of the cluster. */
import { type FieldError, invalid, required } from '../../api/field-error.ts';
import { isDns1123Subdomain } from '../../api/names.ts';

const form = 'desired format: https://host[/path]';

/** The URL of a webhook: https, without user, query or fragment. */
export function validateWebhookUrl(url: string, path: string, errors: FieldError[]): void {
  if (!URL.canParse(url)) {
    errors.push(
      required(path, `url must be a valid URL: parse ${JSON.stringify(url)}: invalid URI for request; ${form}`),
    );
    return;
  }
  const parsed = new URL(url);
  if (parsed.protocol !== 'https:') {
    const why = `'https' is the only allowed URL scheme; ${form}`;
    errors.push(invalid(path, parsed.protocol.slice(0, -1), why));
  }
  if (parsed.host === '') errors.push(invalid(path, '', `host must be specified; ${form}`));
  const user = parsed.password === '' ? parsed.username : `${parsed.username}:${parsed.password}`;
  if (user !== '') errors.push(invalid(path, user, 'user information is not permitted in the URL'));
  if (parsed.hash !== '') errors.push(invalid(path, parsed.hash.slice(1), 'fragments are not permitted in the URL'));
  if (parsed.search !== '') {
    errors.push(invalid(path, parsed.search.slice(1), 'query parameters are not permitted in the URL'));
  }
}

/** A Service as the target of a webhook or of an APIService. */
export function validateServiceReference(
  service: { name?: string; namespace?: string; path?: string; port?: number },
  path: string,
  errors: FieldError[],
): void {
  if (!service.name) errors.push(required(`${path}.name`, 'service name is required'));
  if (!service.namespace) errors.push(required(`${path}.namespace`, 'service namespace is required'));
  const { port } = service;
  if (port !== undefined && (port < 1 || port > 65_535)) {
    errors.push(invalid(`${path}.port`, port, 'port is not valid: must be between 1 and 65535, inclusive'));
  }
  if (service.path !== undefined) validatePath(service.path, `${path}.path`, errors);
}

function validatePath(value: string, path: string, errors: FieldError[]): void {
  if (value === '' || value === '/') return;
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
