/** The contract of compiled policies and match conditions: what they are asked about, and what they answer. */
import type { AskedResource, Authorize } from '../../../api/access.ts';
import type { JsonObject, KubeObject } from '../../../api/object.ts';
import type { User } from '../../../api/user.ts';

/** Whom expressions may ask about accesses, and for whom. */
export interface AccessInput {
  readonly user: User;
  readonly authorize: Authorize;
  /** What the request is about: `authorizer.requestResource`. */
  readonly resource: AskedResource;
}

/** What expressions are asked about; `request` is the AdmissionRequest without its objects. */
export interface AdmissionInput {
  readonly request: object;
  readonly object: object | undefined;
  readonly oldObject: object | undefined;
  readonly params?: object | undefined;
  /** The namespace of the request; undefined for what is in none. */
  readonly namespace?: KubeObject | undefined;
  /** Unset where nobody decides about accesses. */
  readonly access?: AccessInput | undefined;
}

/** One validation, or what stands for all of them when they could not be asked. */
export interface Denial {
  /** Which expression it was. */
  readonly index: number;
  readonly message: string;
  /** A reason of metav1.Status; undefined where none was chosen. */
  readonly reason: string | undefined;
}

/** What a validating policy says of a request. */
export interface Judgement {
  readonly denials: readonly Denial[];
  readonly annotations: readonly { readonly key: string; readonly value: string }[];
  /** What was wrong with annotations that could not be worked out; each is a denial whatever the binding wants. */
  readonly annotationFaults: readonly string[];
}

/** A validating policy, compiled. Its failurePolicy is applied already. */
export interface Validator {
  judge(input: AdmissionInput): Judgement;
}

/** A change a mutating policy wants. */
export type PolicyPatch =
  | { readonly is: 'apply'; readonly config: JsonObject }
  | { readonly is: 'json'; readonly steps: readonly JsonObject[] };

/** A mutating policy, compiled. */
export interface Mutator {
  /** False when its match conditions do not hold. Throws an Error that says why that cannot be told. */
  matches(input: AdmissionInput): boolean;
  /** In the order they are made, each against what the one before left. Throws an Error that says why there is none. */
  readonly patches: readonly ((input: AdmissionInput) => PolicyPatch)[];
}

/** Match conditions, compiled. */
export interface ConditionSet {
  /** True when all hold, false when one does not. Throws an Error that says why it cannot be told. */
  match(input: AdmissionInput): boolean;
}
