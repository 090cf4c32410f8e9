/** `GET /metrics`: what every room of the hub counts, in the form Prometheus reads. */
import { type Collector, collect, type Exposition } from '../../base/metrics.ts';
import type { Registry } from '../../registry/registry.ts';
import type { DocumentSource } from '../document.ts';
import type { InFlight } from '../in-flight.ts';
import type { WatchHub } from '../watch/watch-hub.ts';

const contentType = 'text/plain; version=0.0.4; charset=utf-8';

/** Answers with the text of all collectors; those that ask at once share one. */
export function metricsDocument(collectors: readonly Collector[]): DocumentSource {
  let pending: Promise<string> | undefined;
  return {
    document({ path }) {
      if (path !== '/metrics') return undefined;
      pending ??= collect(collectors).finally(() => {
        pending = undefined;
      });
      return pending.then((text) => ({ contentType, bytes: Buffer.from(text) }));
    },
  };
}

/** Writes what the server holds now, under the names kube-apiserver gives it. */
export function serverMetrics(
  source: { registry: Registry; inFlight: InFlight; watches: WatchHub; streams: number },
  into: Exposition,
): void {
  const { registry, inFlight, watches, streams } = source;
  into.family('apiserver_current_inflight_requests', 'gauge', 'Requests that wait for a commit or a slow reader.');
  into.sample(inFlight.writes, { request_kind: 'mutating' });
  into.sample(inFlight.size - inFlight.writes, { request_kind: 'readOnly' });
  into.family('apiserver_longrunning_requests', 'gauge', 'Open watches and streams.');
  const open = new Map<string, { group: string; version: string; resource: string; count: number }>();
  for (const { group, version, resource } of watches.watched()) {
    const key = `${group}/${version}/${resource}`;
    const one = open.get(key) ?? { group, version, resource, count: 0 };
    one.count += 1;
    open.set(key, one);
  }
  for (const { count, ...labels } of open.values()) into.sample(count, { verb: 'WATCH', ...labels });
  into.sample(streams, { verb: 'CONNECT' });
  into.family('apiserver_storage_objects', 'gauge', 'Stored objects.');
  for (const info of registry.catalogue.stored()) {
    const resource = info.group === '' ? info.resource : `${info.resource}.${info.group}`;
    into.sample(registry.count(info), { resource });
  }
}
