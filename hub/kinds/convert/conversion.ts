/** Which conversion leads from one version of a kind to another: most only say another apiVersion. */
import type { KubeObject } from '../../api/object.ts';
import type { Convert } from '../kind.ts';
import { eventFromCore, eventToCore } from './event.ts';
import { autoscalerFromV2, autoscalerToV2 } from './horizontal-pod-autoscaler.ts';
import { claimFromV1, claimToV1, sliceFromV1, sliceToV1, templateFromV1, templateToV1 } from './resource-claim.ts';

/** Conversions that change more than apiVersion, by `kind from to`. */
const conversions: Readonly<Record<string, Convert>> = {
  'Event v1 events.k8s.io/v1': eventFromCore,
  'Event events.k8s.io/v1 v1': eventToCore,
  'HorizontalPodAutoscaler autoscaling/v2 autoscaling/v1': autoscalerFromV2,
  'HorizontalPodAutoscaler autoscaling/v1 autoscaling/v2': autoscalerToV2,
  'ResourceClaim resource.k8s.io/v1 resource.k8s.io/v1beta1': claimFromV1,
  'ResourceClaim resource.k8s.io/v1beta1 resource.k8s.io/v1': claimToV1,
  'ResourceClaimTemplate resource.k8s.io/v1 resource.k8s.io/v1beta1': templateFromV1,
  'ResourceClaimTemplate resource.k8s.io/v1beta1 resource.k8s.io/v1': templateToV1,
  'ResourceSlice resource.k8s.io/v1 resource.k8s.io/v1beta1': sliceFromV1,
  'ResourceSlice resource.k8s.io/v1beta1 resource.k8s.io/v1': sliceToV1,
};

/** The conversion of a kind between two apiVersions; undefined when they are the same. */
export function conversionBetween(from: string, to: string, kind: string): Convert | undefined {
  if (from === to) return undefined;
  const convert = conversions[`${kind} ${from} ${to}`];
  if (convert === undefined) return (object) => ({ ...object, apiVersion: to });
  return (object: KubeObject) => ({ ...convert(object), apiVersion: to });
}
