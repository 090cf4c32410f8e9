/** Makes what keeps addons. Part of the wiring: hub.ts uses it. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  type AddonCatalogue,
  addonCataloguePath,
  addonRepositoriesPath,
  repositoriesFolder,
  type TakenOver,
} from './api/addon.ts';
import { ApiError } from './api/errors.ts';
import { type KubeObject, timestamp } from './api/object.ts';
import { apiVersionOf } from './api/resource.ts';
import { coracleVersion } from './api/version.ts';
import { type AddonController, createAddonController } from './addons/controller.ts';
import type { ApplyConfig } from './addons/objects.ts';
import { addonManager } from './addons/objects.ts';
import { Repositories } from './addons/repositories.ts';
import type { Clock } from './base/clock.ts';
import type { DataDir } from './base/data-dir.ts';
import type { Log } from './base/log.ts';
import type { WorkQueue } from './base/work-queue.ts';
import { type Conformer, objectMetaType } from './kinds/conform.ts';
import type { Schemas } from './kinds/schema.ts';
import { applyPatch } from './registry/managed-fields/apply.ts';
import type { Registry } from './registry/registry.ts';
import type { DocumentSource } from './server/document.ts';

const coreAddons = fileURLToPath(new URL('../configs/addons', import.meta.url));

/** Options of `openAddons`. */
export interface OpenAddonsOptions {
  readonly dir: DataDir;
  readonly registry: Registry;
  readonly schemas: Schemas;
  readonly conformer: Conformer;
  readonly queueMade: (queue: WorkQueue) => void;
  readonly clock: Clock;
  readonly log: Log;
}

/** What keeps addons. */
export interface OpenedAddons {
  readonly controller: AddonController;
  /** What can be enabled. */
  readonly document: DocumentSource;
  /** Takes over repositories. */
  readonly action: { readonly path: string; run(): Promise<TakenOver> };
}

/** Makes it. */
export function openAddons(options: OpenAddonsOptions): OpenedAddons {
  const { dir, registry, queueMade, clock, log } = options;
  const directory = join(dir.hub.dir, repositoriesFolder);
  const repositories = new Repositories({ core: coreAddons, directory, ownVersion: coracleVersion });
  const controller = createAddonController({
    ...{ registry, repositories, queueMade, clock, log, apply: applyWith(options) },
    definition: async () => {
      const { parse } = await repositories.yaml();
      return parse(await readFile(join(coreAddons, 'definition-of-addons.yaml'), 'utf8')) as KubeObject;
    },
  });
  return {
    controller,
    document: {
      document({ path }) {
        if (path !== addonCataloguePath) return undefined;
        return repositories.catalogue().then(asDocument);
      },
    },
    action: {
      path: addonRepositoriesPath,
      async run() {
        const done = await repositories.takeOver();
        controller.look();
        return done;
      },
    },
  };
}

function asDocument(catalogue: AddonCatalogue): { contentType: string; bytes: Buffer } {
  return { contentType: 'application/json', bytes: Buffer.from(`${JSON.stringify(catalogue)}\n`) };
}

/** Server-side apply as a request does it, without one. */
function applyWith({ registry, schemas, conformer, clock }: OpenAddonsOptions): ApplyConfig {
  return (ref, live, config) => {
    const info = registry.catalogue.locate(ref.group, ref.version, ref.resource);
    if (info === undefined) throw new ApiError('NotFound', 'its kind is not served any more');
    const { object } = applyPatch({
      ...{ schemas, live, config, manager: addonManager, apiVersion: apiVersionOf(info), kind: info.kind },
      ...{ type: info.type, custom: info.custom?.schema, subresource: '', force: true },
      time: timestamp(clock.now()),
    });
    const problems = [
      ...conformer.conform(info.type, object),
      ...(info.custom?.conform(object, (metadata) => conformer.conform(objectMetaType, metadata)) ?? []),
    ];
    if (problems.length > 0) throw new ApiError('Invalid', problems.join(', '));
    return object;
  };
}
