/** Checks the expressions of validating policies against the types of what they match, and says what does not fit. */
import type { ExpressionWarning, NamedRule, ParamKind, ValidatingPolicySpec } from '../../../api/admission-policy.ts';
import { parseApiVersion } from '../../../api/resource.ts';
import type { Type } from '../../../cel/types/type.ts';
import type { Catalogue, ResourceInfo } from '../../kind.ts';
import type { Schemas } from '../../schema.ts';
import { Expressions } from './expressions.ts';
import { ObjectTypes } from './object-types.ts';

/** API: no more types than these are looked at for one policy. */
const mostTypes = 10;

interface CheckedType {
  /** `apps/v1, Kind=Deployment`. */
  readonly name: string;
  readonly expressions: Expressions;
}

const nameOf = ({ group, version, kind }: ResourceInfo): string => `${group}/${version}, Kind=${kind}`;

/** True for a list that names what it means. */
const isPlain = (list: readonly string[] | undefined): list is readonly string[] =>
  list !== undefined && list.length > 0 && !list.some((one) => one.includes('*'));

function* resourcesOf(catalogue: Catalogue, rule: NamedRule): Iterable<ResourceInfo> {
  const { apiGroups, apiVersions, resources = [] } = rule;
  if (!isPlain(apiGroups) || !isPlain(apiVersions)) return;
  for (const group of apiGroups) {
    for (const version of apiVersions) {
      for (const resource of resources) {
        const info = /[*/]/.test(resource) ? undefined : catalogue.find(group, version, resource);
        if (info !== undefined) yield info;
      }
    }
  }
}

/** Checks policies. */
export class TypeChecker {
  readonly #catalogue: Catalogue;
  readonly #types: ObjectTypes;

  constructor(catalogue: Catalogue, schemas: Schemas) {
    this.#catalogue = catalogue;
    this.#types = new ObjectTypes(schemas);
  }

  /** What does not fit, expression by expression. */
  check(spec: ValidatingPolicySpec): ExpressionWarning[] {
    const types = this.#typesOf(spec);
    const warnings: ExpressionWarning[] = [];
    const look = (text: string | undefined, fieldRef: string): void => {
      if (!text) return;
      const told = types.flatMap(({ name, expressions }) => {
        const { program, fault } = expressions.compile(text, { returns: undefined, authorizer: true });
        return program === undefined ? [`${name}: ${fault.replace(/^compilation failed: /, '')}\n`] : [];
      });
      if (told.length > 0) warnings.push({ fieldRef, warning: told.join('\n') });
    };
    spec.validations?.forEach(({ expression, messageExpression }, index) => {
      look(expression, `spec.validations[${index}].expression`);
      look(messageExpression, `spec.validations[${index}].messageExpression`);
    });
    return warnings;
  }

  #typesOf(spec: ValidatingPolicySpec): CheckedType[] {
    const found = new Set<ResourceInfo>();
    for (const rule of spec.matchConstraints?.resourceRules ?? []) {
      for (const info of resourcesOf(this.#catalogue, rule)) if (found.size < mostTypes) found.add(info);
    }
    const paramsType = spec.paramKind === undefined ? undefined : this.#paramsType(spec.paramKind);
    const sorted = [...found].sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
    return sorted.flatMap((info) => {
      const objectType = this.#types.of(info);
      if (objectType === undefined) return [];
      const naming = { params: paramsType !== undefined, paramsType, objectType };
      const expressions = new Expressions(naming, true);
      for (const { name, expression } of spec.variables ?? []) expressions.variable(name, expression);
      return [{ name: nameOf(info), expressions }];
    });
  }

  #paramsType({ apiVersion = '', kind = '' }: ParamKind): Type | undefined {
    const { group, version } = parseApiVersion(apiVersion);
    const info = this.#catalogue.byKind(group, version, kind);
    return info === undefined ? undefined : this.#types.of(info);
  }
}
