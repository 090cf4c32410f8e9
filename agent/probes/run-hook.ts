/** Runs a container's postStart or preStop hook, by the rules of core/v1 LifecycleHandler. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { HTTPGetAction, LifecycleHandler } from '../../hub/api/container.ts';
import { kubernetesVersion } from '../../hub/api/version.ts';
import { askContainer, headersOf, urlOf } from './http-exchange.ts';
import { portOf } from './port.ts';
import type { ProbeTarget } from './probe.ts';

/** Longest time a command of a hook runs, in milliseconds; whoever waits gives up earlier. */
const commandLimit = 2 ** 31 - 1;

/** A HookRunner. API: what an HTTP hook is answered does not matter, only that it is answered. */
export async function runHook(handler: LifecycleHandler, target: ProbeTarget, signal: AbortSignal): Promise<void> {
  const { exec, httpGet, sleep: pause } = handler;
  if (exec !== undefined) return byCommand(exec.command ?? [], target);
  if (httpGet !== undefined) return byRequest(httpGet, target, signal);
  if (pause === undefined) throw new Error('invalid handler: a hook is a command, an HTTP request or a sleep');
  await sleep(pause.seconds * 1000, undefined, { signal }).catch(() => {});
}

async function byCommand(command: readonly string[], target: ProbeTarget): Promise<void> {
  const { code, output } = await target.exec(command, commandLimit);
  if (code !== 0) throw new Error(`command ${JSON.stringify(command)} exited with ${code}: ${output.slice(0, 1024)}`);
}

async function byRequest(action: HTTPGetAction, target: ProbeTarget, signal: AbortSignal): Promise<void> {
  const { host, path = '/', port, scheme = 'HTTP', httpHeaders } = action;
  const url = urlOf({
    scheme,
    host: host === undefined || host === '' ? target.address : host,
    port: port === '' ? 80 : portOf(target.container, port),
    path,
  });
  const agent = `kube-lifecycle/${kubernetesVersion.major}.${kubernetesVersion.minor}`;
  await askContainer({ url, headers: headersOf(agent, httpHeaders), signal });
}
