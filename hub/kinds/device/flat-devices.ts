/** Kinds of resource.k8s.io in v1beta1, which wrote requests flat and devices nested: filled in and judged as what v1 makes of them. */
import * as convert from '../convert/resource-claim.ts';
import type { Convert, Strategy } from '../kind.ts';
import { resourceClaimStrategy, resourceClaimTemplateStrategy, resourceSliceStrategy } from './devices.ts';

function asV1(strategy: Strategy, from: Convert, to: Convert): Strategy {
  return {
    ...strategy,
    setDefaults(object) {
      const newer = to(object);
      strategy.setDefaults(newer);
      Object.assign(object, from(newer));
    },
    validateCreate: (object) => strategy.validateCreate(to(object)),
    validateUpdate: (object, old) => strategy.validateUpdate(to(object), to(old)),
    validateStatusUpdate: (object, old) => strategy.validateStatusUpdate(to(object), to(old)),
  };
}

/** The strategy of ResourceClaims in v1beta1. */
export const flatClaimStrategy: Strategy = asV1(resourceClaimStrategy, convert.claimFromV1, convert.claimToV1);

/** The strategy of ResourceClaimTemplates in v1beta1. */
export const flatTemplateStrategy: Strategy = asV1(
  resourceClaimTemplateStrategy,
  convert.templateFromV1,
  convert.templateToV1,
);

/** The strategy of ResourceSlices in v1beta1. */
export const nestedSliceStrategy: Strategy = asV1(resourceSliceStrategy, convert.sliceFromV1, convert.sliceToV1);
