/** Subresources that connect to a Pod, Service or node: which one is served by what, once admission agrees. Each is loaded when it is asked for first. */
import type { KubeObject } from '../../api/object.ts';
import type { Call } from '../call.ts';
import { noSuchMethod, noSuchResource, type Route } from '../route.ts';
import type { Services } from '../services.ts';

/** Serves a connect subresource; resolves when its answer is under way. */
export async function connect(services: Services, call: Call, route: Route): Promise<void> {
  const { target } = call;
  const subresource = route.subresource?.name ?? '';
  if (target === undefined) return;
  if (subresource !== 'proxy' && call.method !== 'GET' && call.method !== 'POST') throw noSuchMethod();
  const options = { user: call.user, manager: '', subresource, warn: (text: string) => call.warn(text) };
  await services.registry.connect(route.info, target.namespace, target.name, connectOptions(call, route), options);
  switch (subresource) {
    case 'exec':
    case 'attach':
      return (await import('./exec.ts')).serveExec(services, call, subresource);
    case 'portforward':
      return (await import('./port-forward.ts')).servePortForward(services, call);
    case 'proxy':
      return (await import('../proxy/proxy.ts')).serveProxy(services, call);
    default:
      throw noSuchResource();
  }
}

const flags = new Set(['stdin', 'stdout', 'stderr', 'tty']);

/** The query as the object admission knows. API: PodExecOptions, PodAttachOptions, PodPortForwardOptions, …ProxyOptions. */
function connectOptions(call: Call, route: Route): KubeObject {
  const options: KubeObject = { apiVersion: 'v1', kind: route.subresource?.kind ?? '', metadata: {} };
  if (route.subresource?.name === 'proxy') return { ...options, path: call.target?.rest ?? '' };
  for (const name of new Set(call.query.keys())) {
    const values = call.query.getAll(name);
    if (flags.has(name)) options[name] = values[0] === 'true' || values[0] === '1';
    else if (name === 'command') options[name] = values;
    else if (name === 'ports') options[name] = values.flatMap((value) => value.split(',')).map(Number);
    else if (name === 'container') options[name] = values[0] ?? '';
  }
  return options;
}
