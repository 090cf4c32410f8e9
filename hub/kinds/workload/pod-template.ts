/** The PodTemplate: a template kept for its own sake. */
import type { PodTemplate } from '../../api/replication-controller.ts';
import type { TableCell } from '../../api/table.ts';
import { columnsOf, containerCells, nameCell } from '../columns.ts';
import type { Strategy } from '../kind.ts';
import { formatLabels } from '../label-selector.ts';
import { plainStrategy } from '../plain-strategy.ts';
import { defaultPodTemplate } from '../pod/defaults.ts';
import { podTemplateWarnings } from '../pod/warnings.ts';
import { validateTemplateObject } from './validate-sets.ts';

function setDefaults(template: PodTemplate): void {
  template.template ??= {};
  defaultPodTemplate(template.template);
}

function cells(template: PodTemplate): TableCell[] {
  return [nameCell(template), ...containerCells(template.template), formatLabels(template.template?.metadata?.labels)];
}

/** The strategy of PodTemplates. */
export const podTemplateStrategy: Strategy = plainStrategy<PodTemplate>({
  hasGeneration: true,
  setDefaults,
  validateCreate: validateTemplateObject,
  warnings: (template, old) => (old === undefined ? podTemplateWarnings(template.template, 'template') : []),
  columns: columnsOf('podTemplate'),
  cells,
});
