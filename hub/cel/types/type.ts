/** Types of CEL, and what may stand where another is wanted. */

/** Simple types by name, `dyn` for what is only known when it runs, `error` for what a complaint was made of already. */
export type SimpleName =
  | 'int'
  | 'uint'
  | 'double'
  | 'bool'
  | 'string'
  | 'bytes'
  | 'null_type'
  | 'google.protobuf.Timestamp'
  | 'google.protobuf.Duration'
  | 'dyn'
  | 'type'
  | 'error'
  | 'kubernetes.URL'
  | 'kubernetes.Quantity'
  | 'net.IP'
  | 'net.CIDR'
  | 'kubernetes.NamedFormat'
  | 'kubernetes.Semver'
  | 'kubernetes.authorization.Authorizer'
  | 'kubernetes.authorization.PathCheck'
  | 'kubernetes.authorization.GroupCheck'
  | 'kubernetes.authorization.ResourceCheck'
  | 'kubernetes.authorization.Decision';

/** A type. `most` bounds how many characters, items or entries there can be; unset for what has no bound of its own. */
export type Type =
  | { readonly is: 'simple'; readonly name: SimpleName; readonly most?: number }
  | { readonly is: 'list'; readonly item: Type; readonly most?: number }
  | { readonly is: 'map'; readonly key: Type; readonly value: Type; readonly most?: number }
  /** `open`: fields beyond the declared ones are dyn. */
  | {
      readonly is: 'object';
      readonly name: string;
      readonly fields: ReadonlyMap<string, Type>;
      readonly open?: boolean;
      readonly most?: number;
    }
  | { readonly is: 'optional'; readonly of: Type; readonly most?: number }
  /** Stands for any one type within a signature. */
  | { readonly is: 'any'; readonly name: string; readonly most?: number };

const simple = (name: SimpleName): Type => ({ is: 'simple', name });

/** CEL's own types; `wrong` is what an expression has that was complained about, so that nothing complains again. */
export const int = simple('int');
export const uint = simple('uint');
export const double = simple('double');
export const bool = simple('bool');
export const string = simple('string');
export const bytes = simple('bytes');
export const nothing = simple('null_type');
export const timestamp = simple('google.protobuf.Timestamp');
export const duration = simple('google.protobuf.Duration');
export const dyn = simple('dyn');
export const typeType = simple('type');
export const wrong = simple('error');
/** Types of Kubernetes' libraries. */
export const url = simple('kubernetes.URL');
export const quantity = simple('kubernetes.Quantity');
export const ip = simple('net.IP');
export const cidr = simple('net.CIDR');
export const namedFormat = simple('kubernetes.NamedFormat');
export const semver = simple('kubernetes.Semver');
export const authorizer = simple('kubernetes.authorization.Authorizer');
export const pathCheck = simple('kubernetes.authorization.PathCheck');
export const groupCheck = simple('kubernetes.authorization.GroupCheck');
export const resourceCheck = simple('kubernetes.authorization.ResourceCheck');
export const authorizationDecision = simple('kubernetes.authorization.Decision');

/** A list. */
export const listOf = (item: Type): Type => ({ is: 'list', item });
/** A map. */
export const mapOf = (key: Type, value: Type): Type => ({ is: 'map', key, value });
/** A value that may be missing. */
export const optionalOf = (of: Type): Type => ({ is: 'optional', of });
/** The type variables of signatures. */
export const A: Type = { is: 'any', name: 'A' };
export const B: Type = { is: 'any', name: 'B' };

/** True for dyn, and for what a complaint was made of. */
export function isDyn(type: Type): boolean {
  return type.is === 'simple' && (type.name === 'dyn' || type.name === 'error');
}

/** True for one of the simple types. */
export function isSimple(type: Type, ...names: SimpleName[]): boolean {
  return type.is === 'simple' && names.includes(type.name);
}

/** A type as errors show it. */
export function typeText(type: Type): string {
  switch (type.is) {
    case 'simple':
      return type.name === 'error'
        ? '!error!'
        : type.name === 'null_type'
          ? 'null'
          : type.name.replace('google.protobuf.', 'google.protobuf.');
    case 'list':
      return `list(${typeText(type.item)})`;
    case 'map':
      return `map(${typeText(type.key)}, ${typeText(type.value)})`;
    case 'optional':
      return `optional_type(${typeText(type.of)})`;
    default:
      return type.name;
  }
}

/** What the variables of a signature stand for. */
export type Bindings = Map<string, Type>;

/** Null may stand where a value of these is wanted. */
function takesNull(type: Type): boolean {
  return (
    type.is === 'object' ||
    type.is === 'optional' ||
    isSimple(type, 'google.protobuf.Timestamp', 'google.protobuf.Duration')
  );
}

/** Takes `from` for the variable, or for what it is bound to already: the wider of the two. */
function bound(from: Type, name: string, bindings: Bindings): boolean {
  const known = bindings.get(name);
  if (known === undefined) bindings.set(name, from);
  if (known === undefined || isDyn(known) || assignable(from, known, bindings)) return true;
  if (!assignable(known, from, bindings)) return false;
  bindings.set(name, from);
  return true;
}

/** True when a value of type `from` may be used as `to`; binds variables on the way. */
export function assignable(from: Type, to: Type, bindings: Bindings): boolean {
  if (to.is === 'any') return bound(from, to.name, bindings);
  if (from.is === 'any' || isDyn(from) || isDyn(to)) return true;
  if (isSimple(from, 'null_type') && takesNull(to)) return true;
  if (isSimple(to, 'null_type') && takesNull(from)) return true;
  return from.is === to.is && fits(from, to, bindings);
}

function fits(from: Type, to: Type, bindings: Bindings): boolean {
  if (from.is === 'simple' && to.is === 'simple') return from.name === to.name;
  if (from.is === 'list' && to.is === 'list') return assignable(from.item, to.item, bindings);
  if (from.is === 'map' && to.is === 'map') {
    return assignable(from.key, to.key, bindings) && assignable(from.value, to.value, bindings);
  }
  if (from.is === 'optional' && to.is === 'optional') return assignable(from.of, to.of, bindings);
  return from.is === 'object' && to.is === 'object' && from.name === to.name;
}

/** A type with its variables filled in; one that stands for nothing known is dyn. */
export function filled(type: Type, bindings: Bindings): Type {
  switch (type.is) {
    case 'any':
      return bindings.get(type.name) ?? dyn;
    case 'list':
      return { ...type, item: filled(type.item, bindings) };
    case 'map':
      return { ...type, key: filled(type.key, bindings), value: filled(type.value, bindings) };
    case 'optional':
      return { ...type, of: filled(type.of, bindings) };
    default:
      return type;
  }
}
