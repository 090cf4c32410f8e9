/** What custom objects do on their way into the store: their schema says it. */
import type { DefinitionVersion } from '../../api/custom-resource.ts';
import { type FieldError, invalid } from '../../api/field-error.ts';
import { isDns1123Subdomain } from '../../api/names.ts';
import type { KubeObject } from '../../api/object.ts';
import type { PartStrategy, Strategy } from '../kind.ts';
import { keepMetadata } from '../plain-strategy.ts';
import { fillDefaults } from './default.ts';
import { embeddedObjectErrors } from './embedded.ts';
import { Findings, nowhere } from './findings.ts';
import { simplePath, valueAt } from './json-path.ts';
import type { LazySchema } from './lazy-schema.ts';
import { listTypeErrors } from './list-types.ts';
import { printerOf } from './printer.ts';
import type { CustomScale } from './scale.ts';

/** What a strategy is made of. */
export interface CustomFacts {
  readonly kind: string;
  readonly apiVersion: string;
  readonly version: Omit<DefinitionVersion, 'schema'>;
  readonly schema: LazySchema;
  readonly scale: CustomScale | undefined;
}

/** Errors that leave rules without sense: the object is not of the shape they were written for. */
const blocking = new Set<FieldError['type']>([
  'FieldValueRequired',
  'FieldValueTooLong',
  'FieldValueTooMany',
  'FieldValueTypeInvalid',
]);

const unchecked: FieldError = {
  type: 'FieldValueInvalid',
  field: nowhere,
  message:
    'Invalid value: "null": some validation rules were not checked because the object was invalid; correct the existing errors to complete validation',
};

/** Values selectable fields have, as texts. */
function textOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : '';
}

class CustomValidator {
  readonly #facts: CustomFacts;

  constructor(facts: CustomFacts) {
    this.#facts = facts;
  }

  errors(object: KubeObject, old: KubeObject | undefined, parts: readonly ('spec' | 'status')[]): FieldError[] {
    const { scale } = this.#facts;
    const { check, rules, structural: schema } = this.#facts.schema;
    const errors = this.#typeErrors(object);
    if (errors.length === 0) {
      const found = new Findings();
      check(object, old, '', found);
      errors.push(...found.errors);
      for (const part of parts) errors.push(...(scale?.errors(object, part) ?? []));
    }
    if (schema.embeds) errors.push(...embeddedObjectErrors(object, schema));
    if (schema.keyed && (old === undefined || listTypeErrors(old, schema).length === 0)) {
      errors.push(...listTypeErrors(object, schema));
    }
    if (rules === undefined) return errors;
    if (errors.some((error) => blocking.has(error.type))) errors.push(unchecked);
    else errors.push(...rules.errors(object, old));
    return errors;
  }

  #typeErrors({ kind, apiVersion }: KubeObject): FieldError[] {
    const facts = this.#facts;
    const errors: FieldError[] = [];
    if (kind !== facts.kind) errors.push(invalid('kind', kind, `must be ${facts.kind}`));
    if (apiVersion !== facts.apiVersion) errors.push(invalid('apiVersion', apiVersion, `must be ${facts.apiVersion}`));
    return errors;
  }
}

/** The strategy of one version of a custom kind. */
export function customStrategy(facts: CustomFacts): Strategy {
  const { version, schema, scale } = facts;
  const hasStatus = version.subresources?.status !== undefined;
  const validator = new CustomValidator(facts);
  const both = ['spec', 'status'] as const;
  const validateUpdate = (object: KubeObject, old: KubeObject): FieldError[] => validator.errors(object, old, both);
  const selectable = (version.selectableFields ?? []).map(({ jsonPath }) => jsonPath.slice(1));
  const selectPaths = (version.selectableFields ?? []).map(({ jsonPath }) => simplePath(jsonPath));
  const printer = printerOf(version.additionalPrinterColumns);
  const scalePart: PartStrategy = { prepare: () => {}, validate: validateUpdate };
  return {
    setDefaults(object) {
      if (object.kind === facts.kind) fillDefaults(object, schema.structural);
    },
    prepareCreate(object) {
      if (hasStatus) delete object.status;
    },
    prepareUpdate(object, old) {
      if (!hasStatus) return;
      if (old.status === undefined) delete object.status;
      else object.status = old.status;
    },
    prepareStatusUpdate: keepMetadata,
    validateCreate: (object) => validator.errors(object, undefined, both),
    validateUpdate,
    validateStatusUpdate: (object, old) => validator.errors(object, old, ['status']),
    ...(scale === undefined ? {} : { parts: new Map([['scale', scalePart]]) }),
    validateName: isDns1123Subdomain,
    hasGeneration: true,
    hasStatus,
    createOnUpdate: false,
    unconditionalUpdate: false,
    selectable,
    selectableFields(object) {
      return Object.fromEntries(
        selectable.map((name, index) => [name, textOf(valueAt(object, selectPaths[index] ?? []))]),
      );
    },
    warnings: () => [],
    columns: printer.columns,
    cells: printer.cells,
    generalTable: false,
  };
}
