/** All admission plugins, in the order Kubernetes asks them. */
import type { Clock } from '../../base/clock.ts';
import type { AdmissionPlugin } from '../registry.ts';
import { claimResize } from './claim-resize.ts';
import { defaultIngressClass, defaultStorageClass } from './default-class.ts';
import { defaultTolerations } from './default-tolerations.ts';
import type { Reader } from './forbid.ts';
import { LimitRanger } from './limit-ranger.ts';
import { NamespaceLifecycle } from './namespace-lifecycle.ts';
import { NodeRestriction } from './node-restriction.ts';
import { PodResizeValidator } from './pod-resize.ts';
import { PodSecurity } from './pod-security/pod-security.ts';
import { PriorityAdmission } from './priority.ts';
import { ResourceQuotaAdmission } from './resource-quota.ts';
import { RuntimeClassAdmission } from './runtime-class.ts';
import { ServiceAccountAdmission } from './service-account.ts';
import { signingRequester } from './signing-request.ts';
import { storageProtection } from './storage-protection.ts';
import { taintNodes } from './taint-nodes.ts';

/** What the plugins stand on. */
export interface AdmissionOptions {
  readonly reader: Reader;
  readonly clock: Clock;
  /** A number in [0, 1), for generated names. */
  readonly random: () => number;
}

/** The chain. */
export function createAdmission({ reader, clock, random }: AdmissionOptions): AdmissionPlugin[] {
  return [
    new NamespaceLifecycle(reader),
    new LimitRanger(reader),
    new ServiceAccountAdmission({ reader, clock, random }),
    new NodeRestriction(reader),
    taintNodes,
    signingRequester,
    new PodSecurity(reader),
    new PriorityAdmission(reader),
    defaultTolerations,
    defaultIngressClass(reader),
    defaultStorageClass(reader),
    storageProtection,
    claimResize(reader),
    new RuntimeClassAdmission(reader),
    new PodResizeValidator(reader),
    new ResourceQuotaAdmission({ reader, clock }),
  ];
}
