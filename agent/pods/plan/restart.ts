/** Whether a container that ended is started again, by the policy that governs it. */
import type { Container } from '../../../hub/api/container.ts';
import type { Pod } from '../../../hub/api/pod.ts';

interface ExitCodes {
  readonly operator?: string;
  readonly values?: readonly number[];
}

/** core/v1 restartPolicyRules: the first rule that matches the exit code decides. */
function ruleMatches(rule: Record<string, unknown>, exitCode: number): boolean {
  const codes = rule['exitCodes'] as ExitCodes | undefined;
  const listed = codes?.values?.includes(exitCode) ?? false;
  return codes?.operator === 'NotIn' ? !listed : listed;
}

/** True when it is to run again after ending with `exitCode`. */
export function restarts(pod: Pod, container: Container, exitCode: number): boolean {
  const rule = container.restartPolicyRules?.find((candidate) => ruleMatches(candidate, exitCode));
  if (rule !== undefined) return rule['action'] === 'Restart';
  const policy = container.restartPolicy ?? pod.spec.restartPolicy ?? 'Always';
  return policy === 'Always' || (policy === 'OnFailure' && exitCode !== 0);
}

/** As `restarts`, for an init container: a sidecar always runs again, another one until it succeeded, unless the Pod is never restarted. */
export function initRestarts(pod: Pod, container: Container, exitCode: number): boolean {
  if (container.restartPolicy === 'Always') return true;
  if (exitCode === 0) return false;
  const policy = container.restartPolicy ?? pod.spec.restartPolicy ?? 'Always';
  return policy !== 'Never';
}
