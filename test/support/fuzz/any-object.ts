/** Objects of any served kind out of its schema: of the right shape, with values somebody might send. */
import type { Field, Schemas, Value } from '../../../hub/kinds/schema.ts';
import type { Random } from './random.ts';

const words = ['a', 'b', 'web', 'app', 'x-1', 'example.com/thing', 'example.com', 'nginx:1', 'ClusterIP', 'v1', 'TCP'];
const labels = ['app', 'tier', 'example.com/role'];

/** Makes objects. */
export class AnyObject {
  readonly #schemas: Schemas;
  readonly #random: Random;

  constructor(options: { schemas: Schemas; random: Random }) {
    this.#schemas = options.schemas;
    this.#random = options.random;
  }

  /** An object of a schema type; the deeper, the barer. */
  of(type: string, depth = 0): Record<string, unknown> {
    const object: Record<string, unknown> = {};
    const fields = this.#schemas.get(type)?.fields ?? new Map<string, Field>();
    for (const field of fields.values()) {
      if (field.name === 'managedFields' || field.name === 'ownerReferences') continue;
      const wanted = field.required ? 0.97 : 0.6 / (1 + depth + fields.size / 12);
      if (depth < 9 && this.#random.chance(wanted)) object[field.name] = this.#field(field, depth);
    }
    return object;
  }

  #field(field: Field, depth: number): unknown {
    if (field.enum !== undefined && field.enum.length > 0) return this.#random.pick(field.enum);
    if (/[sS]elector$|^matchLabels$|^labels$/.test(field.name) && field.value.is === 'map') return this.#labels();
    if (field.name === 'matchLabels') return this.#labels();
    if (/[pP]ort$/.test(field.name) && field.value.is !== 'object') return 1 + this.#random.below(65_535);
    return this.#value(field.value, depth + 1);
  }

  #labels(): Record<string, string> {
    return { [this.#random.pick(labels)]: this.#random.pick(words) };
  }

  #value(value: Value, depth: number): unknown {
    const random = this.#random;
    switch (value.is) {
      case 'string':
        return this.#text(value.format);
      case 'integer':
        return random.below(random.chance(0.8) ? 5 : 100_000);
      case 'number':
        return random.next() * 100;
      case 'boolean':
        return random.chance(0.5);
      case 'int-or-string':
        return random.pick([1, 80, '25%', 'http']);
      case 'quantity':
        return random.pick(['1', '100m', '1Gi', '0', 2]);
      case 'any':
        return random.pick<unknown>([{}, { a: 1 }, 'x', 7, ['y'], { kind: 'A', apiVersion: 'v1' }]);
      case 'object':
        return this.of(value.type, depth);
      case 'list':
        return Array.from({ length: 1 + random.below(2) }, () => this.#value(value.item, depth));
      case 'map':
        return { [random.pick(words)]: this.#value(value.item, depth) };
    }
  }

  #text(format: string | undefined): string {
    if (format === 'date-time') return '2026-01-02T03:04:05Z';
    if (format === 'micro-time') return '2026-01-02T03:04:05.000006Z';
    if (format === 'byte') return 'aGVsbG8=';
    return this.#random.pick(words);
  }
}
