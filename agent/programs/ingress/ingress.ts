/** Serves the Ingresses of one class on one node: follows what they are made of, and opens the ports once all is known. */
import type { EndpointSlice } from '../../../hub/api/endpoint-slice.ts';
import type { Ingress } from '../../../hub/api/networking.ts';
import type { Service } from '../../../hub/api/service.ts';
import { Mirror } from '../client/mirror.ts';
import type { ProgramContext, RunningProgram } from '../client/program.ts';
import { Backends, keepService, keepSlice } from './backends.ts';
import { Certificates } from './certificates.ts';
import { Front } from './front.ts';
import { type Known, knownOf, LastKnown } from './last-known.ts';
import { findRoute, hasClass, keepIngress, makeRoutes, type Routes } from './routes.ts';
import { keepStatus } from './status.ts';

/** How it is set. */
export interface IngressOptions extends ProgramContext {
  readonly className: string;
  /** This Pod. */
  readonly pod: string;
  /** The program's own DaemonSet. */
  readonly daemonSet: string;
  /** Where what is known is kept for a restart; nowhere unless said. */
  readonly directory?: string;
  /** Whether Services of type ExternalName are served. */
  readonly externalNames: boolean;
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

/** Starts; resolves when both ports answer, at once where it is known from before what to serve. Rejects when a port is taken. */
export async function serveIngresses(
  options: IngressOptions,
): Promise<RunningProgram & { http: number; https: number }> {
  const { client, clock, log, random, className, daemonSet, directory, externalNames } = options;
  const context = { client, clock, log, random };
  const served = new Map<string, Ingress>();
  const certificates = new Certificates(context);
  const status = keepStatus({ ...context, daemonSet, pod: options.pod, ingresses: () => served });
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
  const endpointsChanged = (): void => {
    backends.forget();
    if (missing === 0) lastKnown?.changed();
  };
  let missing = 3;
  let known: () => void = () => {};
  const allKnown = new Promise<void>((resolve) => (known = resolve));
  const synced = (): void => {
    missing -= 1;
    if (missing > 0) return;
    void lastKnown?.save();
    known();
  };

  const ingresses: Mirror<Ingress> = new Mirror<Ingress>({
    ...{ ...context, path: '/apis/networking.k8s.io/v1/ingresses', keep: keepIngress, synced },
    changed(key) {
      const ingress = ingresses.get(key);
      if (ingress !== undefined && hasClass(ingress, className)) served.set(key, ingress);
      else if (!served.delete(key)) return;
      status.changed(key);
      soon();
      if (missing === 0) lastKnown?.changed();
    },
  });
  const services = new Mirror<Service>({
    ...{ ...context, path: '/api/v1/services', keep: keepService, synced },
    changed: endpointsChanged,
  });
  const slices = new Mirror<EndpointSlice>({
    ...{ ...context, path: '/apis/discovery.k8s.io/v1/endpointslices', keep: keepSlice, synced },
    changed: endpointsChanged,
  });
  const backends = new Backends({
    ...{ services: services.objects, slices: slices.objects, externalNames },
    refused: (service) =>
      log.warn(
        { service },
        'it is of type ExternalName, and the addon is not told to serve those (externalNames=true)',
      ),
  });
  const lastKnown =
    directory === undefined
      ? undefined
      : new LastKnown({
          ...{ directory, clock, log },
          known: () => knownOf(served.values(), services.objects, slices.objects.values()),
        });
  const front = new Front({
    ...options,
    route: (host, path) => findRoute(routes, host, path),
    endpoints: (backend) => backends.choose(backend, tries),
    certificate: (host) => certificates.find(host),
  });
  const last: Known | undefined = await lastKnown?.read();
  ingresses.start(last?.ingresses);
  services.start(last?.services);
  slices.start(last?.slices);
  if (last === undefined) await allKnown;
  cancel?.();
  renew();
  const ports = await front.start();
  log.info({ ...ports, class: className, ingresses: served.size }, 'serving');
  return {
    ...ports,
    async stop() {
      await front.stop();
      cancel?.();
      await status.stop();
      await Promise.all([ingresses, services, slices, certificates, lastKnown].map((one) => one?.stop()));
    },
  };
}
