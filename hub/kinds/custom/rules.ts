/** The rules of a schema (x-kubernetes-validations), as the strategy of a custom kind asks them. */
import type { FieldError } from '../../api/field-error.ts';
import type { KubeObject } from '../../api/object.ts';

/** Rules made ready for one version of a kind. */
export interface CustomRules {
  /** What the rules say of a new object, or of one that takes the place of `old`. */
  errors(object: KubeObject, old: KubeObject | undefined): FieldError[];
}
