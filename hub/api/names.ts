/** What names may look like: DNS labels and subdomains, path segments. Each check answers what is wrong, in Kubernetes' words. */

/** Answers why a name is refused; empty when it is fine. */
export type NameRule = (name: string) => string[];

const label1123 = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const label1035 = '[a-z]([-a-z0-9]*[a-z0-9])?';
const label1123Pattern = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const label1035Pattern = /^[a-z]([-a-z0-9]*[a-z0-9])?$/;
/** An RFC 1123 subdomain of any length. */
export const subdomainPattern = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const wildcardPattern = /^\*\.[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

/** How a broken pattern is told: the rule, examples, and the expression itself. */
export function patternText(rule: string, pattern: string, ...examples: string[]): string {
  if (examples.length === 0) return `${rule} (regex used for validation is '${pattern}')`;
  return `${rule} (e.g. ${examples.map((one) => `'${one}', `).join(' or ')}regex used for validation is '${pattern}')`;
}

/** How a text beyond `limit` bytes is told. */
export const maxLengthText = (limit: number): string => `must be no more than ${limit} bytes`;

const label1123Text = patternText(
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character",
  label1123,
  'my-name',
  '123-abc',
);
const label1035Text = patternText(
  "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character",
  label1035,
  'my-name',
  'abc-123',
);
/** How what is no subdomain is told. */
export const subdomainText = patternText(
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character",
  `${label1123}(\\.${label1123})*`,
  'example.com',
);
const wildcardText = patternText(
  "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character",
  `\\*\\.${label1123}(\\.${label1123})*`,
  '*.example.com',
);

function checked(value: string, limit: number, pattern: RegExp, text: string): string[] {
  if (value.length <= limit) return pattern.test(value) ? [] : [text];
  return pattern.test(value) ? [maxLengthText(limit)] : [maxLengthText(limit), text];
}

/** RFC 1123 label: at most 63 characters, lower case. */
export const isDns1123Label: NameRule = (value) => checked(value, 63, label1123Pattern, label1123Text);

/** RFC 1123 subdomain: labels with dots, at most 253 characters. */
export const isDns1123Subdomain: NameRule = (value) => checked(value, 253, subdomainPattern, subdomainText);

const searchPattern = /^_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?(\._?[a-z0-9]([-_a-z0-9]*[a-z0-9])?)*$/;
const searchText = subdomainText.replace("'-' or '.'", "'-', '_' or '.'");

/** Where names are searched: a subdomain whose labels may have underscores. */
export const isSearchPath: NameRule = (value) => checked(value, 253, searchPattern, searchText);

/** RFC 1035 label: as RFC 1123, but a letter comes first. */
export const isDns1035Label: NameRule = (value) => checked(value, 63, label1035Pattern, label1035Text);

/** `*.` and a subdomain. */
export const isWildcardSubdomain: NameRule = (value) => checked(value, 253, wildcardPattern, wildcardText);

/** Bytes. Kubernetes has no bound; three times as many characters of a URL, with everything escaped, are still read by a server. */
const longestSegment = 4096;

/** A name that may stand in a URL path as one segment (roles, bindings, APIServices): one that is longer could never be asked for. */
export const isPathSegment: NameRule = (value) => {
  if (value === '.' || value === '..') return [`may not be '${value}'`];
  const wrong: string[] = [];
  if (value.length > longestSegment / 3 && Buffer.byteLength(value) > longestSegment)
    wrong.push(`must be no more than ${longestSegment} bytes`);
  for (const part of ['/', '%']) if (value.includes(part)) wrong.push(`may not contain '${part}'`);
  return wrong;
};
