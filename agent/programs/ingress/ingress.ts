/** Serves the Ingresses of one class on one node: follows what they are made of, and opens the ports once all is known. */
import type { EndpointSlice } from '../../../hub/api/endpoint-slice.ts';
import type { Ingress } from '../../../hub/api/networking.ts';
import type { Service } from '../../../hub/api/service.ts';
import { Mirror } from '../client/mirror.ts';
import type { ProgramContext, RunningProgram } from '../client/program.ts';
import { Backends, keepService, keepSlice } from './backends.ts';
import { Certificates } from './certificates.ts';
import { Front } from './front.ts';
import { findRoute, hasClass, makeRoutes, type Routes } from './routes.ts';
import { keepStatus } from './status.ts';

/** How it is set. */
export interface IngressOptions extends ProgramContext {
  readonly className: string;
  /** This Pod. */
  readonly pod: string;
  readonly httpPort: number;
  readonly httpsPort: number;
  /** Where it listens; everywhere unless said. */
  readonly address?: string;
  /** Milliseconds a backend may be silent. */
  readonly timeout: number;
  /** Bytes. */
  readonly maxBody: number;
  readonly accessLog: boolean;
}

/** Milliseconds in which changes are gathered. */
const gathering = 50;
/** How many endpoints a request tries. */
const tries = 3;

/** Starts; resolves when both ports answer, and rejects when one is taken. */
export async function serveIngresses(
  options: IngressOptions,
): Promise<RunningProgram & { http: number; https: number }> {
  const { client, clock, log, random, className } = options;
  const context = { client, clock, log, random };
  const served = new Map<string, Ingress>();
  const certificates = new Certificates(context);
  const status = keepStatus({ ...context, pod: options.pod, ingresses: () => served });
  let routes: Routes = makeRoutes([]);
  let cancel: (() => void) | undefined;
  const renew = (): void => {
    cancel = undefined;
    routes = makeRoutes(served.values());
    certificates.follow(served.values());
  };
  const soon = (): void => {
    cancel ??= clock.after(gathering, renew);
  };
  let missing = 3;
  let known: () => void = () => {};
  const allKnown = new Promise<void>((resolve) => (known = resolve));
  const synced = (): void => {
    missing -= 1;
    if (missing === 0) known();
  };

  const ingresses: Mirror<Ingress> = new Mirror<Ingress>({
    ...{ ...context, path: '/apis/networking.k8s.io/v1/ingresses', synced },
    changed(key) {
      const ingress = ingresses.get(key);
      if (ingress !== undefined && hasClass(ingress, className)) served.set(key, ingress);
      else if (!served.delete(key)) return;
      status.changed(key);
      soon();
    },
  });
  const services = new Mirror<Service>({
    ...{ ...context, path: '/api/v1/services', keep: keepService, synced },
    changed: () => backends.forget(),
  });
  const slices = new Mirror<EndpointSlice>({
    ...{ ...context, path: '/apis/discovery.k8s.io/v1/endpointslices', keep: keepSlice, synced },
    changed: () => backends.forget(),
  });
  const backends = new Backends(services.objects, slices.objects);
  const front = new Front({
    ...options,
    route: (host, path) => findRoute(routes, host, path),
    endpoints: (backend) => backends.choose(backend, tries),
    certificate: (host) => certificates.find(host),
  });
  const mirrors = [ingresses, services, slices];
  for (const mirror of mirrors) mirror.start();
  await allKnown;
  cancel?.();
  renew();
  const ports = await front.start();
  log.info({ ...ports, class: className, ingresses: served.size }, 'serving');
  return {
    ...ports,
    async stop() {
      await front.stop();
      cancel?.();
      await Promise.all([...mirrors, status, certificates].map((one) => one.stop()));
    },
  };
}
