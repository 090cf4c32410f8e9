/** What a failed Pod means to its Job. API: spec.podFailurePolicy. */
import type {
  JobSpec,
  PodFailurePolicyOnExitCodesRequirement,
  PodFailurePolicyOnPodConditionsPattern,
} from '../../api/batch.ts';
import type { ContainerStatus } from '../../api/container.ts';
import type { Pod, PodCondition } from '../../api/pod.ts';

/** The first rule that fits. `counts`: towards the back-off limit. `message`: why the Job fails at once. */
export interface FailureVerdict {
  readonly action: string | undefined;
  readonly counts: boolean;
  readonly message: string | undefined;
}

const plain: FailureVerdict = { action: undefined, counts: true, message: undefined };

function exitOf(pod: Pod, wanted: PodFailurePolicyOnExitCodesRequirement): ContainerStatus | undefined {
  const fits = (one: ContainerStatus): boolean => {
    const code = one.state?.terminated?.exitCode;
    if (code === undefined || code === 0) return false;
    if (wanted.containerName !== undefined && wanted.containerName !== one.name) return false;
    return wanted.values.includes(code) === (wanted.operator === 'In');
  };
  return pod.status?.containerStatuses?.find(fits) ?? pod.status?.initContainerStatuses?.find(fits);
}

function conditionOf(pod: Pod, patterns: readonly PodFailurePolicyOnPodConditionsPattern[]): PodCondition | undefined {
  return pod.status?.conditions?.find((one) =>
    patterns.some((pattern) => pattern.type === one.type && (pattern.status ?? 'True') === one.status),
  );
}

/** Asks the rules in order; without a rule that fits a failure counts. */
export function failureVerdict(spec: JobSpec, pod: Pod): FailureVerdict {
  for (const [at, rule] of (spec.podFailurePolicy?.rules ?? []).entries()) {
    const { action } = rule;
    const name = `${pod.metadata.namespace}/${pod.metadata.name}`;
    let message: string | undefined;
    // API: a rule about conditions says `onExitCodes: null`
    const exit = rule.onExitCodes ?? undefined;
    if (exit !== undefined) {
      const found = exitOf(pod, exit);
      const code = found?.state?.terminated?.exitCode;
      if (found !== undefined) message = `Container ${found.name} for pod ${name} failed with exit code ${code}`;
    } else {
      const found = conditionOf(pod, rule.onPodConditions ?? []);
      if (found !== undefined) message = `Pod ${name} has condition ${found.type}`;
    }
    if (message === undefined) continue;
    return {
      action,
      counts: action !== 'Ignore',
      message: action === 'FailJob' ? `${message} matching ${action} rule at index ${at}` : undefined,
    };
  }
  return plain;
}
