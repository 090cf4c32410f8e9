/** The DaemonSet: one Pod on every node that fits. Its status belongs to the daemon set controller. */
import type { TableCell } from '../../api/table.ts';
import { type DaemonSet, templateGenerationAnnotation } from '../../api/workload.ts';
import { ageCell, columnsOf, containerCells, nameCell } from '../columns.ts';
import type { Strategy } from '../kind.ts';
import { formatLabelSelector, formatLabels } from '../label-selector.ts';
import { plainStrategy } from '../plain-strategy.ts';
import { defaultPodTemplate } from '../pod/defaults.ts';
import { podTemplateWarnings } from '../pod/warnings.ts';
import { validateDaemonSet, validateDaemonSetStatus, validateDaemonSetUpdate } from './validate-daemon-set.ts';

function setDefaults(set: DaemonSet): void {
  set.spec ??= { selector: {}, template: {} };
  const { spec } = set;
  spec.updateStrategy ??= {};
  if (!spec.updateStrategy.type) spec.updateStrategy.type = 'RollingUpdate';
  if (spec.updateStrategy.type === 'RollingUpdate') {
    spec.updateStrategy.rollingUpdate ??= {};
    spec.updateStrategy.rollingUpdate.maxUnavailable ??= 1;
    spec.updateStrategy.rollingUpdate.maxSurge ??= 0;
  }
  spec.revisionHistoryLimit ??= 10;
  spec.template ??= {};
  defaultPodTemplate(spec.template);
  // API: apps/v1 always shows the count, so who writes a set without it owns it
  if (set.metadata.annotations?.[templateGenerationAnnotation] === undefined) countTemplate(set, 0);
}

/** The template's own count of changes lives in an annotation since apps/v1. */
function countTemplate(set: DaemonSet, count: number): void {
  set.metadata.annotations = { ...set.metadata.annotations, [templateGenerationAnnotation]: String(count) };
}

function prepareUpdate(set: DaemonSet, old: DaemonSet): void {
  const count = Number(old.metadata.annotations?.[templateGenerationAnnotation] ?? 0);
  const changed = JSON.stringify(sorted(set.spec.template)) !== JSON.stringify(sorted(old.spec.template));
  countTemplate(set, changed ? count + 1 : count);
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== 'object') return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, one]) => [key, sorted(one)]));
}

function cells(set: DaemonSet, now: number): TableCell[] {
  const { spec, status } = set;
  return [
    nameCell(set),
    status?.desiredNumberScheduled ?? 0,
    status?.currentNumberScheduled ?? 0,
    status?.numberReady ?? 0,
    status?.updatedNumberScheduled ?? 0,
    status?.numberAvailable ?? 0,
    formatLabels(spec.template.spec?.nodeSelector),
    ageCell(set, now),
    ...containerCells(spec.template),
    formatLabelSelector(spec.selector),
  ];
}

/** The strategy of DaemonSets. */
export const daemonSetStrategy: Strategy = plainStrategy<DaemonSet>({
  hasGeneration: true,
  hasStatus: true,
  newStatus: () => ({ currentNumberScheduled: 0, numberMisscheduled: 0, desiredNumberScheduled: 0, numberReady: 0 }),
  setDefaults,
  prepareCreate: (set) => countTemplate(set, 1),
  prepareUpdate,
  validateCreate: validateDaemonSet,
  validateUpdate: validateDaemonSetUpdate,
  validateStatusUpdate: validateDaemonSetStatus,
  warnings: (set, old) => (old === undefined ? podTemplateWarnings(set.spec.template, 'spec.template') : []),
  columns: columnsOf('daemonSet'),
  cells,
});
