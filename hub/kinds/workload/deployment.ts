/** The Deployment: a rollout of ReplicaSets. Its status belongs to the deployment controller. */
import type { TableCell } from '../../api/table.ts';
import type { Deployment } from '../../api/workload.ts';
import { ageCell, columnsOf, containerCells, nameCell } from '../columns.ts';
import type { Strategy } from '../kind.ts';
import { formatLabelSelector } from '../label-selector.ts';
import { plainStrategy } from '../plain-strategy.ts';
import { defaultPodTemplate } from '../pod/defaults.ts';
import { podTemplateWarnings } from '../pod/warnings.ts';
import { validateDeployment, validateDeploymentStatus, validateDeploymentUpdate } from './validate-deployment.ts';

const rollout = '25%';

function setDefaults(deployment: Deployment): void {
  deployment.spec ??= { selector: {}, template: {} };
  const { spec } = deployment;
  spec.replicas ??= 1;
  spec.revisionHistoryLimit ??= 10;
  spec.progressDeadlineSeconds ??= 600;
  spec.strategy ??= {};
  if (!spec.strategy.type) spec.strategy.type = 'RollingUpdate';
  if (spec.strategy.type === 'RollingUpdate') {
    spec.strategy.rollingUpdate ??= {};
    spec.strategy.rollingUpdate.maxUnavailable ??= rollout;
    spec.strategy.rollingUpdate.maxSurge ??= rollout;
  }
  spec.template ??= {};
  defaultPodTemplate(spec.template);
}

/** A writer of status leaves spec and labels alone. */
function prepareStatusUpdate(deployment: Deployment, old: Deployment): void {
  deployment.spec = old.spec;
  if (old.metadata.labels === undefined) delete deployment.metadata.labels;
  else deployment.metadata.labels = old.metadata.labels;
}

function cells(deployment: Deployment, now: number): TableCell[] {
  const { spec, status = {} } = deployment;
  return [
    nameCell(deployment),
    `${status.readyReplicas ?? 0}/${spec.replicas ?? 0}`,
    status.updatedReplicas ?? 0,
    status.availableReplicas ?? 0,
    ageCell(deployment, now),
    ...containerCells(spec.template),
    formatLabelSelector(spec.selector),
  ];
}

/** The strategy of Deployments. */
export const deploymentStrategy: Strategy = plainStrategy<Deployment>({
  hasGeneration: true,
  hasStatus: true,
  newStatus: () => ({}),
  setDefaults,
  prepareStatusUpdate,
  validateCreate: validateDeployment,
  validateUpdate: validateDeploymentUpdate,
  validateStatusUpdate: validateDeploymentStatus,
  warnings: (deployment, old) =>
    old === undefined ? podTemplateWarnings(deployment.spec.template, 'spec.template') : [],
  columns: columnsOf('deployment'),
  cells,
});
