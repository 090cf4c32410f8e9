/** Subresources: which one is served by what. */
import { bind } from './binding.ts';
import type { Call } from '../call.ts';
import { evict } from './eviction.ts';
import { get } from '../get.ts';
import { serveLog } from './log.ts';
import { patch } from '../patch.ts';
import { noSuchMethod, type Route } from '../route.ts';
import { serveScale } from './scale.ts';
import type { Services } from '../services.ts';
import { connect } from '../streaming/connect.ts';
import { update } from '../update.ts';

/** Serves a subresource; undefined when the answer is out already. */
export function serveSubresource(services: Services, call: Call, route: Route): Promise<void> | undefined {
  switch (route.subresource?.name) {
    case 'scale':
      return serveScale(services, call, route);
    case 'binding':
      return bind(services, call, route);
    case 'eviction':
      return evict(services, call, route);
    case 'log':
      return serveLog(services, call);
    default:
      return route.subresource?.connect === true ? connect(services, call, route) : serveState(services, call, route);
  }
}

/** Subresources in the object's own form: status, ephemeralcontainers, resize, finalize, approval. */
function serveState(services: Services, call: Call, route: Route): Promise<void> | undefined {
  switch (call.verb) {
    case 'get':
      get(services, call, route);
      return undefined;
    case 'update':
      return update(services, call, route);
    case 'patch':
      return patch(services, call, route);
    default:
      throw noSuchMethod();
  }
}
