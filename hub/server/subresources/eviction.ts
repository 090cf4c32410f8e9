/** Evictions: deleting a Pod as far as disruption budgets allow it. API: pods/eviction, policy/v1. */
import { ApiError, badRequest, notFound } from '../../api/errors.ts';
import { type KubeObject, timestamp, type LabelSelector } from '../../api/object.ts';
import type { Pod } from '../../api/pod.ts';
import { setPodCondition } from '../../api/pod-condition.ts';
import { pods, type ResourceRef } from '../../api/resource.ts';
import { labelSelectorMatcher } from '../../api/selector.ts';
import type { AdmissionForm, DeleteOptions } from '../../registry/registry.ts';
import { readBody } from '../body.ts';
import type { Call } from '../call.ts';
import { bodyOf, decodeBody } from '../decode-body.ts';
import { type DeleteWire, optionsFrom } from '../delete-options.ts';
import type { Route } from '../route.ts';
import type { Services } from '../services.ts';
import { sendSuccess } from './success.ts';

const budgets: ResourceRef = { group: 'policy', version: 'v1', resource: 'poddisruptionbudgets' };

/** policy/v1 PodDisruptionBudget, as far as evictions go. */
interface Budget extends KubeObject {
  spec: { selector?: LabelSelector; unhealthyPodEvictionPolicy?: string };
  status?: {
    observedGeneration?: number;
    disruptionsAllowed?: number;
    currentHealthy?: number;
    desiredHealthy?: number;
    disruptedPods?: Record<string, string>;
  };
}

/** Evicts the Pod the request names. */
export async function evict(services: Services, call: Call, route: Route): Promise<void> {
  const { target } = call;
  if (target === undefined) return;
  const body = await decodeBody(services, call, bodyOf(route), await readBody(call.req), undefined);
  const { name } = body.metadata;
  const entry = services.registry.get(pods, target.namespace, target.name);
  if (entry === undefined) throw notFound(pods, target.name);
  if (name !== undefined && name !== '' && name !== target.name) {
    throw badRequest('name in URL does not match name in Eviction object');
  }
  const options = optionsFrom(call, (body.deleteOptions ?? {}) as DeleteWire);
  const { namespace } = target;
  // a budget is only spent on what admission lets through
  const admitted = async (): Promise<void> => {
    await spend(services, entry.object<Pod>(), options);
    await explain(services, entry.object<Pod>(), options);
  };
  const form = evictionForm({ ...body, metadata: { ...body.metadata, name: target.name, namespace } });
  await services.registry.delete(pods, namespace, target.name, { ...options, subresource: 'eviction', form, admitted });
  sendSuccess(call);
}

/** API: webhooks are asked about a new Eviction, not about the deletion of a Pod; its body changes nothing any more. */
function evictionForm(body: KubeObject): AdmissionForm {
  return { operation: 'CREATE', of: () => structuredClone(body), put: () => {} };
}

/** Says in the Pod's status why it goes. */
async function explain(services: Services, pod: Pod, options: DeleteOptions): Promise<void> {
  const { namespace = '', name = '', uid, deletionTimestamp } = pod.metadata;
  if (deletionTimestamp !== undefined || options.dryRun === true) return;
  const condition = {
    type: 'DisruptionTarget',
    status: 'True',
    reason: 'EvictionByEvictionAPI',
    message: 'Eviction API: evicting',
  };
  const tell = (now: Pod): void => {
    if (now.metadata.uid === uid) setPodCondition(now, condition, services.clock.now());
  };
  const { user, manager } = options;
  await services.registry.modify<Pod>(pods, namespace, name, tell, { user, manager, subresource: 'status' });
}

/** Takes one disruption from the Pod's budget, if it has one. Throws TooManyRequests. */
async function spend(services: Services, pod: Pod, options: DeleteOptions): Promise<void> {
  const phase = pod.status?.phase;
  if (pod.metadata.deletionTimestamp !== undefined) return;
  if (phase === 'Succeeded' || phase === 'Failed' || phase === 'Pending') return;
  const found = budgetsOf(services, pod);
  const [budget] = found;
  if (budget === undefined) return;
  if (found.length > 1) {
    throw new ApiError(
      'InternalError',
      'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.',
    );
  }
  if (!isReady(pod) && unhealthyMayGo(budget)) return;
  const { namespace = '', name = '' } = budget.metadata;
  const podName = pod.metadata.name ?? '';
  const take = (current: Budget): void => takeOne(current, podName, services.clock.now());
  await services.registry.modify<Budget>(budgets, namespace, name, take, {
    user: options.user,
    manager: options.manager,
    subresource: 'status',
    dryRun: options.dryRun === true,
  });
}

function budgetsOf(services: Services, pod: Pod): Budget[] {
  const found: Budget[] = [];
  for (const entry of services.registry.entries(budgets, pod.metadata.namespace)) {
    const budget = entry.object<Budget>();
    if (labelSelectorMatcher(budget.spec.selector).matches(pod.metadata.labels ?? {})) found.push(budget);
  }
  return found;
}

function isReady(pod: Pod): boolean {
  return pod.status?.conditions?.some((one) => one.type === 'Ready' && one.status === 'True') === true;
}

/** API: unhealthyPodEvictionPolicy. A Pod that is not ready may go when the others are enough without it. */
function unhealthyMayGo(budget: Budget): boolean {
  if (budget.spec.unhealthyPodEvictionPolicy === 'AlwaysAllow') return true;
  const { currentHealthy = 0, desiredHealthy = 0 } = budget.status ?? {};
  return desiredHealthy > 0 && currentHealthy >= desiredHealthy;
}

function takeOne(budget: Budget, pod: string, now: number): void {
  const name = budget.metadata.name ?? '';
  const status = budget.status ?? {};
  if ((status.observedGeneration ?? 0) < (budget.metadata.generation ?? 0)) {
    throw refused(`The disruption budget ${name} is still being processed by the server.`, 10);
  }
  const allowed = status.disruptionsAllowed ?? 0;
  if (allowed <= 0) {
    const { desiredHealthy = 0, currentHealthy = 0 } = status;
    throw refused(
      `The disruption budget ${name} needs ${desiredHealthy} healthy pods and has ${currentHealthy} currently`,
      0,
    );
  }
  budget.status = {
    ...status,
    disruptionsAllowed: allowed - 1,
    disruptedPods: { ...status.disruptedPods, [pod]: timestamp(now) },
  };
}

function refused(message: string, seconds: number): ApiError {
  return new ApiError('TooManyRequests', "Cannot evict pod as it would violate the pod's disruption budget.", {
    details: {
      causes: [{ reason: 'DisruptionBudget', message }],
      ...(seconds === 0 ? {} : { retryAfterSeconds: seconds }),
    },
  });
}
