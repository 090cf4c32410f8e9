/** Which form of discovery a client accepts. */

/** The plain documents, or the whole of a root in one, in the version of the aggregated API. */
export type Form = 'legacy' | 'v2' | 'v2beta1';

/** One clause of an Accept header. */
interface Clause {
  readonly type: string;
  readonly parameters: ReadonlyMap<string, string>;
}

function readClause(text: string): Clause {
  const [type = '', ...rest] = text.split(';').map((part) => part.trim());
  const parameters = new Map<string, string>();
  for (const part of rest) {
    const cut = part.indexOf('=');
    if (cut > 0) parameters.set(part.slice(0, cut), part.slice(cut + 1));
  }
  return { type, parameters };
}

const jsonTypes = new Set(['application/json', 'application/*', '*/*', '']);

function formOf({ type, parameters }: Clause): Form | undefined {
  if (!jsonTypes.has(type)) return undefined;
  const as = parameters.get('as');
  if (as === undefined) return 'legacy';
  const version = parameters.get('v');
  const isKnown = as === 'APIGroupDiscoveryList' && parameters.get('g') === 'apidiscovery.k8s.io';
  return isKnown && (version === 'v2' || version === 'v2beta1') ? version : undefined;
}

/** The first form in the header's own order that is served; undefined when there is none. */
export function acceptedForm(accept: string | undefined): Form | undefined {
  for (const text of (accept ?? '').split(',')) {
    const form = formOf(readClause(text.trim()));
    if (form !== undefined) return form;
  }
  return undefined;
}
