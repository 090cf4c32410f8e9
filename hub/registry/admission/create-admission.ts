/** All admission plugins, in the order Kubernetes asks them. */
import type { Clock } from '../../base/clock.ts';
import type { AdmissionPlugin } from '../registry.ts';
import { type AdmissionChoice, asByDefault, choosePlugins, isOn } from './choose.ts';
import { claimResize } from './claim-resize.ts';
import { defaultIngressClass, defaultStorageClass } from './default-class.ts';
import { defaultTolerations } from './default-tolerations.ts';
import type { Reader } from './forbid.ts';
import { LimitRanger } from './limit-ranger.ts';
import { Mutation, type MutationStep } from './mutation.ts';
import { NamespaceLifecycle } from './namespace-lifecycle.ts';
import { NodeRestriction } from './node-restriction.ts';
import { podNodeSelector } from './pod-node-selector.ts';
import { PodResizeValidator } from './pod-resize.ts';
import { PodSecurity } from './pod-security/pod-security.ts';
import { MutatingPolicies } from './policies/mutating.ts';
import { ParamAccess } from './policies/param-access.ts';
import type { PolicyOptions } from './policies/policy-options.ts';
import { ValidatingPolicies } from './policies/validating.ts';
import { PriorityAdmission } from './priority.ts';
import { ResourceQuotaAdmission } from './resource-quota.ts';
import { RuntimeClassAdmission } from './runtime-class.ts';
import { ServiceAccountAdmission } from './service-account.ts';
import { signingRequester } from './signing-request.ts';
import { storageProtection } from './storage-protection.ts';
import { taintNodes } from './taint-nodes.ts';
import type { WebhookOptions } from './webhooks/asking.ts';
import { MutatingWebhooks } from './webhooks/mutating.ts';
import { ValidatingWebhooks } from './webhooks/validating.ts';

/** What the plugins stand on. */
export interface AdmissionOptions {
  readonly reader: Reader;
  readonly clock: Clock;
  /** A number in [0, 1), for generated names. */
  readonly random: () => number;
  /** How webhooks and policies are asked; unset where nobody asks them. */
  readonly dynamic?: WebhookOptions & PolicyOptions;
  /** Which plugins the operator switched on and off; unset: as they are by default. */
  readonly choice?: AdmissionChoice;
}

/** The chain. Throws an Error for a choice that names what is not there. */
export function createAdmission(options: AdmissionOptions): AdmissionPlugin[] {
  const { reader, clock, random, dynamic, choice = asByDefault } = options;
  const own = choosePlugins(
    [
      new NamespaceLifecycle(reader),
      new LimitRanger(reader),
      new ServiceAccountAdmission({ reader, clock, random }),
      new NodeRestriction(reader),
      taintNodes,
      signingRequester(clock),
      podNodeSelector(reader),
      new PodSecurity(reader),
      new PriorityAdmission(reader),
      defaultTolerations,
      defaultIngressClass(reader),
      defaultStorageClass(reader),
      storageProtection,
      claimResize(reader),
      new RuntimeClassAdmission(reader),
      new PodResizeValidator(reader),
    ],
    choice,
  );
  const asked =
    dynamic === undefined
      ? []
      : [
          new Mutation(mutationSteps(dynamic, reader, choice), own),
          new ParamAccess(dynamic, reader),
          new ValidatingPolicies(dynamic, reader),
          new ValidatingWebhooks(dynamic, reader),
        ];
  return [...own, ...choosePlugins([...asked, new ResourceQuotaAdmission({ reader, clock })], choice)];
}

function mutationSteps(
  dynamic: WebhookOptions & PolicyOptions,
  reader: Reader,
  choice: AdmissionChoice,
): MutationStep[] {
  const steps: MutationStep[] = [];
  if (isOn('MutatingAdmissionPolicy', choice)) steps.push(new MutatingPolicies(dynamic, reader));
  if (isOn('MutatingAdmissionWebhook', choice)) steps.push(new MutatingWebhooks(dynamic, reader));
  return steps;
}
