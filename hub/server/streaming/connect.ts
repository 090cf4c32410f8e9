/** Subresources that connect to a Pod, Service or node: which one is served by what. */
import { ApiError } from '../../api/errors.ts';
import type { Call } from '../call.ts';
import { noSuchMethod, type Route } from '../route.ts';
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
    default: {
      const what = `${route.info.resource}/${name}`;
      throw new ApiError('MethodNotAllowed', `${what} is not supported by this server`, { code: 501, details: {} });
    }
  }
}
