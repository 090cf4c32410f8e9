/** Settings of how much of a node Pods may have, and of what it does when it runs short. API: the names are a kubelet's. */
import type { SettingRule } from './settings.ts';

/** The settings. Amounts are quantities (`500m`, `100Mi`), thresholds quantities or shares of the whole (`10%`), times seconds. */
export interface CapacitySettings {
  /** How many Pods the node takes. */
  maxPods: number;
  /** What the machine itself needs: cpu, memory, ephemeral-storage. */
  systemReserved: Record<string, string>;
  /** What agent and container runtime need. */
  kubeReserved: Record<string, string>;
  /** Signal → what must be left; below it Pods are ended at once. */
  evictionHard: Record<string, string>;
  /** Signal → what must be left for longer than its grace period. */
  evictionSoft: Record<string, string>;
  evictionSoftGracePeriod: Record<string, number>;
  /** How much more than the threshold must be free again. */
  evictionMinimumReclaim: Record<string, string>;
  /** How long a pressure is shown at least. */
  evictionPressureTransitionPeriod: number;
  /** Longest grace of Pods ended by a soft threshold. */
  evictionMaxPodGracePeriod: number;
  /** Share of the images' disk in use, in percent, above which images that nobody uses go, and down to which. */
  imageGCHighThresholdPercent: number;
  imageGCLowThresholdPercent: number;
  /** Images younger than this never go. */
  imageMinimumGCAge: number;
  /** Images unused for so long go; 0: never for that reason. */
  imageMaximumGCAge: number;
  /** How long Pods get in all when the machine shuts down; 0: they are not waited for. */
  shutdownGracePeriod: number;
  /** The part of it that critical Pods get, after all others. */
  shutdownGracePeriodCriticalPods: number;
}

/** The defaults: a kubelet's, and that a machine keeps room for a few processes. */
export const capacityDefaults: CapacitySettings = {
  maxPods: 110,
  systemReserved: {},
  kubeReserved: {},
  evictionHard: {
    'memory.available': '100Mi',
    'nodefs.available': '10%',
    'nodefs.inodesFree': '5%',
    'imagefs.available': '15%',
    'imagefs.inodesFree': '5%',
    'pid.available': '5%',
  },
  evictionSoft: {},
  evictionSoftGracePeriod: {},
  evictionMinimumReclaim: {},
  evictionPressureTransitionPeriod: 300,
  evictionMaxPodGracePeriod: 0,
  imageGCHighThresholdPercent: 85,
  imageGCLowThresholdPercent: 80,
  imageMinimumGCAge: 120,
  imageMaximumGCAge: 0,
  shutdownGracePeriod: 0,
  shutdownGracePeriodCriticalPods: 0,
};

const signals = new Set(Object.keys(capacityDefaults.evictionHard));
const reservable = new Set(['cpu', 'memory', 'ephemeral-storage']);
const quantity = /^\d+(\.\d+)?(m|k|M|G|T|Ki|Mi|Gi|Ti)?$/;
const share = /^\d{1,2}(\.\d+)?%$/;

const within =
  (least: number, most: number, what: string): SettingRule =>
  (value) =>
    Number.isInteger(value) && (value as number) >= least && (value as number) <= most
      ? ''
      : `must be ${what} between ${least} and ${most}`;

const seconds = within(0, 30 * 86_400, 'seconds');
const percent = within(0, 100, 'a percentage');

const mapOf =
  (keys: ReadonlySet<string>, isGood: (value: unknown) => boolean, form: string): SettingRule =>
  (value) => {
    const good =
      typeof value === 'object' &&
      value !== null &&
      !Array.isArray(value) &&
      Object.entries(value).every(([key, one]) => keys.has(key) && isGood(one));
    return good ? '' : `must be a map of ${[...keys].join(', ')} to ${form}`;
  };

const reserved = mapOf(reservable, (one) => quantity.test(String(one)), 'quantities, like 100Mi');
const thresholds = mapOf(
  signals,
  (one) => quantity.test(String(one)) || share.test(String(one)),
  'quantities or shares, like 100Mi or 10%',
);

/** What each key takes. */
export const capacityRules: Record<keyof CapacitySettings, SettingRule> = {
  maxPods: within(1, 1000, 'a number'),
  systemReserved: reserved,
  kubeReserved: reserved,
  evictionHard: thresholds,
  evictionSoft: thresholds,
  evictionSoftGracePeriod: mapOf(signals, (one) => seconds(one) === '', 'seconds'),
  evictionMinimumReclaim: thresholds,
  evictionPressureTransitionPeriod: seconds,
  evictionMaxPodGracePeriod: seconds,
  imageGCHighThresholdPercent: percent,
  imageGCLowThresholdPercent: percent,
  imageMinimumGCAge: seconds,
  imageMaximumGCAge: seconds,
  shutdownGracePeriod: seconds,
  shutdownGracePeriodCriticalPods: seconds,
};

/** What is wrong between two keys, as one sentence; empty when nothing is. */
export function capacityConflict(settings: CapacitySettings): string {
  const { imageGCHighThresholdPercent: high, imageGCLowThresholdPercent: low } = settings;
  if (low > high) return `setting "imageGCLowThresholdPercent" must not be above imageGCHighThresholdPercent (${high})`;
  if (settings.shutdownGracePeriodCriticalPods > settings.shutdownGracePeriod)
    return 'setting "shutdownGracePeriodCriticalPods" must not be longer than shutdownGracePeriod';
  const graceless = Object.keys(settings.evictionSoft).find((key) => !(key in settings.evictionSoftGracePeriod));
  return graceless === undefined
    ? ''
    : `setting "evictionSoftGracePeriod" must name ${graceless}, as evictionSoft does`;
}
