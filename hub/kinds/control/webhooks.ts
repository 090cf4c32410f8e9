/** Webhook configurations: who is asked before an object is let in. */
import type {
  MutatingWebhook,
  MutatingWebhookConfiguration,
  ValidatingWebhook,
  ValidatingWebhookConfiguration,
} from '../../api/webhook.ts';
import { ageCell, columnsOf, nameCell } from '../columns.ts';
import type { Strategy } from '../kind.ts';
import { plainStrategy } from '../plain-strategy.ts';
import { staticSuffixWarnings } from './static-suffix.ts';
import { validateMutatingWebhooks, validateValidatingWebhooks } from './validate-webhooks.ts';

const timeoutSeconds = 10;
const httpsPort = 443;

function defaultWebhook(webhook: MutatingWebhook | ValidatingWebhook): void {
  webhook.failurePolicy ??= 'Fail';
  webhook.matchPolicy ??= 'Equivalent';
  webhook.namespaceSelector ??= {};
  webhook.objectSelector ??= {};
  webhook.timeoutSeconds ??= timeoutSeconds;
  if (webhook.clientConfig?.service !== undefined) webhook.clientConfig.service.port ??= httpsPort;
  for (const rule of webhook.rules ?? []) rule.scope ??= '*';
}

const shared = { hasGeneration: true, unconditionalUpdate: false, warnings: staticSuffixWarnings };

/** The strategy of MutatingWebhookConfigurations. */
export const mutatingWebhookStrategy: Strategy = plainStrategy<MutatingWebhookConfiguration>({
  ...shared,
  setDefaults: (configuration) => {
    for (const webhook of configuration.webhooks ?? []) {
      defaultWebhook(webhook);
      webhook.reinvocationPolicy ??= 'Never';
    }
  },
  validateCreate: validateMutatingWebhooks,
  columns: columnsOf('mutatingWebhook'),
  cells: (one, now) => [nameCell(one), one.webhooks?.length ?? 0, ageCell(one, now)],
});

/** The strategy of ValidatingWebhookConfigurations. */
export const validatingWebhookStrategy: Strategy = plainStrategy<ValidatingWebhookConfiguration>({
  ...shared,
  setDefaults: (configuration) => {
    for (const webhook of configuration.webhooks ?? []) defaultWebhook(webhook);
  },
  validateCreate: validateValidatingWebhooks,
  columns: columnsOf('validatingWebhook'),
  cells: (one, now) => [nameCell(one), one.webhooks?.length ?? 0, ageCell(one, now)],
});
