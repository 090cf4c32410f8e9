/** All admission plugins, in the order Kubernetes asks them. */
import type { Clock } from '../../base/clock.ts';
import type { AdmissionPlugin } from '../registry.ts';
import { claimResize } from './claim-resize.ts';
import { defaultIngressClass, defaultStorageClass } from './default-class.ts';
import { defaultTolerations } from './default-tolerations.ts';
import type { Reader } from './forbid.ts';
import { LimitRanger } from './limit-ranger.ts';
import { Mutation } from './mutation.ts';
import { NamespaceLifecycle } from './namespace-lifecycle.ts';
import { NodeRestriction } from './node-restriction.ts';
import { PodResizeValidator } from './pod-resize.ts';
import { PodSecurity } from './pod-security/pod-security.ts';
import { MutatingPolicies } from './policies/mutating.ts';
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
}

/** The chain. */
export function createAdmission({ reader, clock, random, dynamic }: AdmissionOptions): AdmissionPlugin[] {
  const own: AdmissionPlugin[] = [
    new NamespaceLifecycle(reader),
    new LimitRanger(reader),
    new ServiceAccountAdmission({ reader, clock, random }),
    new NodeRestriction(reader),
    taintNodes,
    signingRequester(clock),
    new PodSecurity(reader),
    new PriorityAdmission(reader),
    defaultTolerations,
    defaultIngressClass(reader),
    defaultStorageClass(reader),
    storageProtection,
    claimResize(reader),
    new RuntimeClassAdmission(reader),
    new PodResizeValidator(reader),
  ];
  const asked =
    dynamic === undefined
      ? []
      : [
          new Mutation([new MutatingPolicies(dynamic, reader), new MutatingWebhooks(dynamic, reader)], own),
          new ValidatingPolicies(dynamic, reader),
          new ValidatingWebhooks(dynamic, reader),
        ];
  return [...own, ...asked, new ResourceQuotaAdmission({ reader, clock })];
}
