/** The policies of one kind that are bound, each compiled once for every state of its object. */
import type { ParamKind, ParamRef, PolicyBinding, PolicySpec } from '../../../api/admission-policy.ts';
import type { KubeObject } from '../../../api/object.ts';
import type { ResourceRef } from '../../../api/resource.ts';
import type { Entry } from '../../registry.ts';
import type { Reader } from '../forbid.ts';
import { RequestMatcher } from './matcher.ts';

/** A policy that is used; `compiled` is made when it is first asked. */
export interface BoundPolicy<Spec extends PolicySpec, Compiled> {
  readonly name: string;
  readonly spec: Spec;
  readonly matcher: RequestMatcher;
  readonly fails: boolean;
  readonly paramKind: ParamKind | undefined;
  readonly compiled: () => Compiled;
}

/** A use of a policy. */
export interface Binding {
  readonly name: string;
  readonly policyName: string;
  readonly matcher: RequestMatcher;
  readonly paramRef: ParamRef | undefined;
  readonly actions: readonly string[];
}

/** A policy and its uses. */
export interface PolicyUse<Spec extends PolicySpec, Compiled> {
  readonly policy: BoundPolicy<Spec, Compiled>;
  readonly bindings: readonly Binding[];
}

/** Where policies are kept, and what is made of them. */
export interface PolicySource<Spec extends PolicySpec, Compiled> {
  readonly reader: Reader;
  readonly policies: ResourceRef;
  readonly bindings: ResourceRef;
  readonly compile: (spec: Spec) => Compiled;
}

function bindingOf(entry: Entry): Binding {
  const {
    policyName = '',
    matchResources,
    paramRef,
    validationActions = [],
  } = entry.object<PolicyBinding>().spec ?? {};
  return {
    name: entry.name,
    policyName,
    matcher: new RequestMatcher(matchResources),
    paramRef,
    actions: validationActions,
  };
}

/** The policies of one kind. */
export class Policies<Spec extends PolicySpec, Compiled> {
  readonly #source: PolicySource<Spec, Compiled>;
  readonly #policies = new WeakMap<Entry, BoundPolicy<Spec, Compiled>>();
  readonly #bindings = new WeakMap<Entry, Binding>();

  constructor(source: PolicySource<Spec, Compiled>) {
    this.#source = source;
  }

  /** Those that are bound, by name; their uses by name as well. */
  used(): PolicyUse<Spec, Compiled>[] {
    const { reader, policies, bindings } = this.#source;
    const uses = new Map<string, Binding[]>();
    for (const entry of reader.entries(bindings)) {
      const binding = this.#binding(entry);
      const known = uses.get(binding.policyName);
      if (known === undefined) uses.set(binding.policyName, [binding]);
      else known.push(binding);
    }
    const names = [...uses.keys()].sort();
    return names.flatMap((name) => {
      // a binding may be there before its policy, or after it
      const entry = reader.get(policies, '', name);
      if (entry === undefined) return [];
      const sorted = (uses.get(name) ?? []).sort((a, b) => (a.name < b.name ? -1 : 1));
      return [{ policy: this.#policy(entry), bindings: sorted }];
    });
  }

  #binding(entry: Entry): Binding {
    let binding = this.#bindings.get(entry);
    if (binding === undefined) {
      binding = bindingOf(entry);
      this.#bindings.set(entry, binding);
    }
    return binding;
  }

  #policy(entry: Entry): BoundPolicy<Spec, Compiled> {
    let policy = this.#policies.get(entry);
    if (policy === undefined) {
      const spec = entry.object<KubeObject & { spec: Spec }>().spec;
      let compiled: Compiled | undefined;
      policy = {
        name: entry.name,
        spec,
        matcher: new RequestMatcher(spec.matchConstraints),
        fails: spec.failurePolicy !== 'Ignore',
        paramKind: spec.paramKind,
        compiled: () => {
          compiled ??= this.#source.compile(spec);
          return compiled;
        },
      };
      this.#policies.set(entry, policy);
    }
    return policy;
  }
}
