/** Subresources that connect to a Pod, Service or node: which one is served by what. */
import type { Call } from '../call.ts';
import { serveProxy } from '../proxy/proxy.ts';
import { noSuchMethod, noSuchResource, type Route } from '../route.ts';
import type { Services } from '../services.ts';
import { serveExec } from './exec.ts';
import { servePortForward } from './port-forward.ts';

/** Serves a connect subresource; resolves when its answer is under way. */
export function connect(services: Services, call: Call, route: Route): Promise<void> {
  const name = route.subresource?.name ?? '';
  if (name !== 'proxy' && call.method !== 'GET' && call.method !== 'POST') throw noSuchMethod();
  switch (name) {
    case 'exec':
    case 'attach':
      return serveExec(services, call, name);
    case 'portforward':
      return servePortForward(services, call);
    case 'proxy':
      return serveProxy(services, call);
    default:
      throw noSuchResource();
  }
}
