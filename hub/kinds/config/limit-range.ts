/** The LimitRange: defaults and bounds of what Pods of a namespace ask for. */
import type { LimitRange } from '../../api/quota.ts';
import type { Strategy } from '../kind.ts';
import { printEmptyAsNull } from '../empty-list.ts';
import { plainStrategy } from '../plain-strategy.ts';
import { validateLimitRange } from './validate-limit-range.ts';

type Amounts = Record<string, string>;

function fill(target: Amounts | undefined, ...sources: (Amounts | undefined)[]): Amounts | undefined {
  let filled = target;
  for (const source of sources) {
    for (const name in source) {
      filled ??= {};
      const amount = source[name];
      if (amount !== undefined) filled[name] ??= amount;
    }
  }
  return filled;
}

/** API: of containers, max stands in for default, default for defaultRequest, and min behind them. */
function setDefaults(range: LimitRange): void {
  for (const item of range.spec?.limits ?? []) {
    if (item.type !== 'Container') continue;
    const limit = fill(item.default, item.max);
    if (limit !== undefined) item.default = limit;
    const request = fill(item.defaultRequest, item.default, item.min);
    if (request !== undefined) item.defaultRequest = request;
  }
}

/** The strategy of LimitRanges. */
export const limitRangeStrategy: Strategy = plainStrategy<LimitRange>({
  createOnUpdate: true,
  setDefaults,
  prepareCreate: (range) => printEmptyAsNull(range.spec, 'limits'),
  prepareUpdate: (range) => printEmptyAsNull(range.spec, 'limits'),
  validateCreate: validateLimitRange,
});
