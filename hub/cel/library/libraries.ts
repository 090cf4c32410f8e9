/** Every function of Kubernetes' expressions. */
import { addresses } from './addresses.ts';
import { authorizations } from './authorizations.ts';
import { conversions } from './conversions.ts';
import { formats } from './formats.ts';
import { lists } from './lists.ts';
import { optionals } from './optionals.ts';
import type { Library, Overload } from './overload.ts';
import { quantities } from './quantities.ts';
import { standard } from './standard.ts';
import { strings } from './strings.ts';
import { timeParts } from './time-parts.ts';
import { urls } from './urls.ts';

function joined(...parts: readonly (readonly (readonly [string, readonly Overload[]])[])[]): Library {
  const library = new Map<string, readonly Overload[]>();
  for (const [name, overloads] of parts.flat()) library.set(name, [...(library.get(name) ?? []), ...overloads]);
  return library;
}

/** By name; those of a namespace with it (`sets.contains`). */
export const libraries: Library = joined(
  standard,
  conversions,
  optionals,
  timeParts,
  strings,
  lists,
  urls,
  quantities,
  addresses,
  formats,
  authorizations,
);
