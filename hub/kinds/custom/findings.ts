/** What a check of a value against a schema finds, in the words of Kubernetes' OpenAPI validator. */
import { type FieldError, invalid, notSupported, required, tooLong, tooMany } from '../../api/field-error.ts';

/** Where an error is when it is nowhere in particular. */
export const nowhere = '<nil>';

/** Errors, and how much was right: of alternatives that all fail, the one with the most right speaks. */
export class Findings {
  readonly errors: FieldError[] = [];
  matches = 0;

  /** Takes over what an alternative found. */
  merge(other: Findings): void {
    this.errors.push(...other.errors);
    this.matches += other.matches;
  }

  /** A value that breaks a rule: `spec.size in body should be …`. */
  broken(path: string, value: unknown, rule: string): void {
    this.errors.push(invalid(path === '' ? nowhere : path, value ?? '', `${path} in body ${rule}`));
  }

  /** A value of another type than `expected`; `actual` is the name of its type, or the text that has not the format. */
  wrongType(path: string, expected: string, actual: string): void {
    const shown = JSON.stringify(actual);
    this.errors.push({
      type: 'FieldValueTypeInvalid',
      field: path === '' ? nowhere : path,
      message: `Invalid value: ${shown}: ${path} in body must be of type ${expected}: ${shown}`,
    });
  }

  missing(path: string): void {
    this.errors.push(required(path));
  }

  tooLong(path: string, limit: number): void {
    this.errors.push(tooLong(path, limit));
  }

  tooMany(path: string, actual: number, limit: number): void {
    this.errors.push(tooMany(path, actual, limit));
  }

  notListed(path: string, value: unknown, allowed: readonly unknown[]): void {
    const texts = allowed.map((one) => (typeof one === 'string' ? one : JSON.stringify(one)));
    this.errors.push(notSupported(path, value, texts));
  }

  /** Something about a whole value, told without a field. */
  whole(text: string): void {
    this.errors.push(invalid(nowhere, '', text));
  }
}

/**
 * Looks at one value. `old` is the value it replaces, undefined when there is none that corresponds: what did not
 * change is not looked at again. `path` is empty at the root.
 */
export type Check = (value: unknown, old: unknown, path: string, found: Findings) => void;
