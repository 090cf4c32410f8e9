/** What admission by policies stands on. */
import type { Schemas } from '../../../kinds/schema.ts';
import type { Registry } from '../../registry.ts';
import type { DynamicOptions } from '../webhooks/asking.ts';

/** Beside what webhooks need: the shapes of objects, and parameters in the version a policy names. */
export interface PolicyOptions extends DynamicOptions {
  readonly schemas: Schemas;
  readonly served: Registry['served'];
  readonly ready: Registry['ready'];
}
