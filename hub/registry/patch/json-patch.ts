/** JSON patch (RFC 6902), with what Kubernetes' library allows beyond it and the bounds its API server sets. */
import { ApiError } from '../../api/errors.ts';
import { deeperThan, maxDepth } from '../../api/go-json.ts';
import type { JsonObject } from '../../api/object.ts';
import { insertAt, PatchFailure, placeOf, pointerParts, removeAt, replaceAt, valueIn } from './pointer.ts';
import { copyOf, isObject, sameJson } from './value.ts';

/** One step of a JSON patch, as decoded; nothing about it is checked yet. */
export interface PatchStep {
  readonly op?: unknown;
  readonly path?: unknown;
  readonly from?: unknown;
  readonly value?: unknown;
}

/** API: more steps are refused with 413. */
const maxPatchSteps = 10_000;

/** API: all copies of one patch together, in bytes of JSON. */
const copyLimit = 3 * 1024 * 1024;

/** A step said what must be there, and it was not. */
export class TestFailed extends PatchFailure {}

interface Run {
  root: unknown;
  copied: number;
}

function text(value: unknown, name: string): string {
  if (typeof value !== 'string') throw new PatchFailure(`missing ${name}`);
  return value;
}

function bounded(path: string, value: unknown): unknown {
  const depth = pointerParts(path)?.length ?? 0;
  if (deeperThan(value, maxDepth - depth)) throw new PatchFailure('exceeded max depth');
  return value;
}

function test(run: Run, path: string, step: PatchStep): void {
  let found = run.root;
  if (path !== '') {
    const { container, key } = placeOf(run.root, path);
    found = valueIn(container, key);
  }
  // A null is never equal to a field that is missing.
  if (found === undefined ? 'value' in step : !sameJson(found, step.value ?? null)) {
    throw new TestFailed(`testing value ${path} failed`);
  }
}

function copy(run: Run, path: string, from: string): void {
  const { container, key } = placeOf(run.root, from);
  const value = valueIn(container, key) ?? null;
  run.copied += JSON.stringify(value).length;
  if (run.copied > copyLimit) throw new PatchFailure('unable to complete the copy: too many bytes');
  insertAt(placeOf(run.root, path), bounded(path, copyOf(value)));
}

function move(run: Run, path: string, from: string): void {
  const place = placeOf(run.root, from);
  const value = valueIn(place.container, place.key);
  removeAt(place);
  insertAt(placeOf(run.root, path), bounded(path, value));
}

function replace(run: Run, path: string, step: PatchStep): void {
  const value = bounded(path, copyOf(step.value ?? null));
  if (path === '') {
    if (!isObject(value) && !Array.isArray(value)) throw new PatchFailure('value is no document');
    run.root = value;
  } else replaceAt(placeOf(run.root, path), value);
}

type Take = (run: Run, path: string, step: PatchStep) => void;

const operations: ReadonlyMap<string, Take> = new Map<string, Take>([
  ['add', (run, path, step) => insertAt(placeOf(run.root, path), bounded(path, copyOf(step.value ?? null)))],
  ['remove', (run, path) => removeAt(placeOf(run.root, path))],
  ['replace', replace],
  ['move', (run, path, step) => move(run, path, text(step.from, 'from'))],
  ['copy', (run, path, step) => copy(run, path, text(step.from, 'from'))],
  ['test', test],
]);

function take(run: Run, step: PatchStep): void {
  const operation = operations.get(text(step.op, 'op'));
  if (operation === undefined) throw new PatchFailure('unexpected kind of operation');
  operation(run, text(step.path, 'path'), step);
}

/**
 * Does all steps on `object` (changed in place: it must be the caller's own) and answers the result, which may be
 * another object. Throws 422 when a step fails, 413 when there are too many.
 */
export function jsonPatch(object: JsonObject, steps: readonly PatchStep[]): JsonObject {
  if (steps.length > maxPatchSteps) {
    throw new ApiError(
      'RequestEntityTooLarge',
      `The allowed maximum operations in a JSON patch is ${maxPatchSteps}, got ${steps.length}`,
    );
  }
  const run: Run = { root: object, copied: 0 };
  try {
    for (const step of steps) take(run, step);
  } catch (error) {
    if (!(error instanceof PatchFailure)) throw error;
    throw new ApiError('Invalid', 'the server rejected our request due to an error in our request', {
      details: {},
      cause: error,
    });
  }
  return run.root as JsonObject;
}
