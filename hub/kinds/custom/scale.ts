/** The scale of a custom object: where its replicas and its selector are. */
import type { ScalePaths } from '../../api/custom-resource.ts';
import { type FieldError, invalid } from '../../api/field-error.ts';
import type { KubeObject } from '../../api/object.ts';
import { putAt, simplePath, valueAt } from './json-path.ts';

/** Reads and writes the scale of the objects of one version. */
export interface CustomScale {
  /** Undefined when the object has none. */
  replicas(object: KubeObject): number | undefined;
  setReplicas(object: KubeObject, replicas: number): void;
  /** 0 when nothing is said. */
  current(object: KubeObject): number;
  selector(object: KubeObject): string;
  /** The path of the wanted replicas, as the definition writes it. */
  readonly path: string;
  errors(object: KubeObject, part: 'spec' | 'status'): FieldError[];
}

const goNames: Readonly<Record<string, string>> = { boolean: 'bool', number: 'float64', string: 'string' };

/** Go's complaint about a value that is no whole number. */
function accessorError(path: string, value: unknown): FieldError {
  const type = Array.isArray(value)
    ? '[]interface {}'
    : value === null
      ? '<nil>'
      : (goNames[typeof value] ?? 'map[string]interface {}');
  const shown = typeof value === 'object' ? JSON.stringify(value) : String(value);
  return invalid(path, 0, `${path} accessor error: ${shown} is of the type ${type}, expected int64`);
}

const nonNegative = 'should be a non-negative integer';
const largest = 2 ** 31 - 1;

function replicaErrors(path: string, value: unknown): FieldError[] {
  if (value === undefined) return [];
  if (!Number.isInteger(value)) return [accessorError(path, value)];
  if ((value as number) < 0) return [invalid(path, value, nonNegative)];
  if ((value as number) > largest) {
    return [invalid(path, value, `should be less than or equal to ${largest}`)];
  }
  return [];
}

/** The scale a version has. */
export function scaleOf(paths: ScalePaths): CustomScale {
  const wanted = simplePath(paths.specReplicasPath);
  const actual = simplePath(paths.statusReplicasPath);
  const selector = simplePath(paths.labelSelectorPath ?? '');
  const numberAt = (object: KubeObject, names: readonly string[]): number | undefined => {
    const value = valueAt(object, names);
    return Number.isInteger(value) ? (value as number) : undefined;
  };
  return {
    path: paths.specReplicasPath,
    replicas: (object) => numberAt(object, wanted),
    setReplicas: (object, replicas) => putAt(object, wanted, replicas),
    current: (object) => numberAt(object, actual) ?? 0,
    selector(object) {
      const text = selector.length === 0 ? undefined : valueAt(object, selector);
      return typeof text === 'string' ? text : '';
    },
    errors(object, part) {
      if (part === 'spec') return replicaErrors(paths.specReplicasPath, valueAt(object, wanted));
      const errors = replicaErrors(paths.statusReplicasPath, valueAt(object, actual));
      const text = selector.length === 0 ? undefined : valueAt(object, selector);
      if (text !== undefined && typeof text !== 'string') {
        errors.push(accessorError(paths.labelSelectorPath ?? '', text));
      }
      return errors;
    },
  };
}
