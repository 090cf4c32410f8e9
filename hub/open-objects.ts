/** Opens everything there is: the registry over its store, with kinds, addresses and conversion. Part of the wiring, used by hub.ts. */
import { randomUUID } from 'node:crypto';
import { services } from './api/resource.ts';
import type { Service } from './api/service.ts';
import type { Clock } from './base/clock.ts';
import type { HubSettings } from './base/hub-settings.ts';
import type { Log } from './base/log.ts';
import { createCatalogue } from './kinds/catalogue.ts';
import { createConformer, type Conformer } from './kinds/conform.ts';
import { loadSchemas } from './kinds/load-schemas.ts';
import type { Schemas } from './kinds/schema.ts';
import { ServiceAllocator } from './registry/allocate/service-allocator.ts';
import { type OpenRegistry, openRegistry } from './registry/open.ts';
import type { AdmissionPlugin } from './registry/registry.ts';
import type { Store } from './store/store.ts';
import { WebhookCaller } from './webhook/caller.ts';
import { WebhookConverter } from './webhook/conversion.ts';

/** What objects are kept in, and what knows their kinds. */
export interface OpenedObjects {
  readonly registry: OpenRegistry;
  readonly schemas: Schemas;
  readonly conformer: Conformer;
  readonly webhooks: WebhookCaller;
  readonly converter: WebhookConverter;
  /** Asked at every write: whoever decides may be added until the first request. */
  readonly admission: AdmissionPlugin[];
}

/** Options of `openObjects`. */
export interface OpenObjectsOptions {
  readonly store: Store;
  readonly settings: HubSettings;
  readonly clock: Clock;
  readonly log: Log;
  /** Is told how many records have been read. */
  progress(records: number): void;
}

/** Reads all objects. Rejects with StoreError when the store cannot be read. */
export async function openObjects({
  store,
  settings,
  clock,
  log,
  progress,
}: OpenObjectsOptions): Promise<OpenedObjects> {
  const catalogue = createCatalogue();
  const schemas = loadSchemas();
  const conformer = createConformer(schemas);
  const admission: AdmissionPlugin[] = [];
  const serviceAddresses = new ServiceAllocator({ cidr: settings.serviceCidr, random: Math.random });
  const webhooks = new WebhookCaller({ reader: () => registry, random: Math.random });
  const converter = new WebhookConverter({ caller: webhooks, newUid: randomUUID });
  const registry: OpenRegistry = await openRegistry({
    ...{ store, catalogue, schemas, clock, admission, converter, progress },
    log: log.child({ room: 'registry' }),
    allocators: [serviceAddresses],
    newUid: randomUUID,
    random: Math.random,
  });
  serviceAddresses.restore([...registry.entries(services)].map((entry) => entry.object<Service>()));
  return { registry, schemas, conformer, webhooks, converter, admission };
}
