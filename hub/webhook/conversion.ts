/** Conversion by webhook: ConversionReview there and back (apiextensions.k8s.io/v1). */
import type { ConversionWebhook } from '../api/custom-resource.ts';
import { ApiError } from '../api/errors.ts';
import type { KubeObject, ObjectMeta } from '../api/object.ts';
import { parseApiVersion } from '../api/resource.ts';
import type { VersionConverter } from '../registry/versions.ts';
import type { WebhookCaller } from './caller.ts';

/** API: a conversion takes at most this many milliseconds. */
const timeout = 30_000;

interface Review {
  readonly response?: {
    readonly uid?: string;
    readonly convertedObjects?: unknown[];
    readonly result?: { readonly status?: string; readonly message?: string };
  };
}

/** Asks webhooks of definitions. */
export class WebhookConverter implements VersionConverter {
  readonly #caller: WebhookCaller;
  readonly #newUid: () => string;

  constructor(options: { caller: WebhookCaller; newUid: () => string }) {
    this.#caller = options.caller;
    this.#newUid = options.newUid;
  }

  async convert(webhook: ConversionWebhook, apiVersion: string, objects: readonly KubeObject[]): Promise<KubeObject[]> {
    const [first] = objects;
    if (first === undefined) return [];
    const { group, version } = parseApiVersion(first.apiVersion);
    const about = `conversion webhook for ${group}/${version}, Kind=${first.kind}`;
    try {
      const uid = this.#newUid();
      const review = webhook.conversionReviewVersions?.includes('v1') === false ? 'v1beta1' : 'v1';
      const body = {
        kind: 'ConversionReview',
        apiVersion: `apiextensions.k8s.io/${review}`,
        request: { uid, desiredAPIVersion: apiVersion, objects },
      };
      const answer = await this.#caller.post({ config: webhook.clientConfig ?? {}, body, timeout });
      return convertedObjects(answer as Review, uid, apiVersion, objects);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw new ApiError('InternalError', `Internal error occurred: ${about} failed: ${why}`, { cause: error });
    }
  }
}

function convertedObjects(
  review: Review,
  uid: string,
  apiVersion: string,
  objects: readonly KubeObject[],
): KubeObject[] {
  const { response } = review ?? {};
  if (response === undefined || response === null) throw new Error('the answer has no response');
  if (response.uid !== uid)
    throw new Error(`expected response.uid=${JSON.stringify(uid)}, got ${JSON.stringify(response.uid ?? '')}`);
  if (response.result?.status !== 'Success') {
    const said = response.result?.message;
    throw new Error(said || 'response.result.status was not "Success"');
  }
  const made = response.convertedObjects ?? [];
  if (made.length !== objects.length) {
    throw new Error(`webhook returned ${made.length} objects, expected ${objects.length}`);
  }
  return objects.map((object, index) => checked(made[index], object, apiVersion, index));
}

/** API: of metadata a webhook may change labels and annotations only. */
function checked(made: unknown, original: KubeObject, apiVersion: string, index: number): KubeObject {
  const object = made as KubeObject | null;
  if (
    typeof object !== 'object' ||
    object === null ||
    typeof object.metadata !== 'object' ||
    object.metadata === null
  ) {
    throw new Error(`invalid converted object at index ${index}: it is no object`);
  }
  if (object.apiVersion !== apiVersion) {
    throw new Error(`invalid groupVersion at index ${index}: got ${object.apiVersion}, expected ${apiVersion}`);
  }
  if (object.kind !== original.kind) {
    throw new Error(`invalid kind at index ${index}: got ${object.kind}, expected ${original.kind}`);
  }
  for (const field of ['name', 'namespace', 'uid'] as const) {
    if ((object.metadata[field] ?? '') !== (original.metadata[field] ?? '')) {
      throw new Error(`invalid metadata at index ${index}: ${field} must not change`);
    }
  }
  const { labels, annotations } = object.metadata;
  const { labels: _, annotations: __, ...kept } = original.metadata;
  const metadata: ObjectMeta = {
    ...kept,
    ...(labels === undefined ? {} : { labels }),
    ...(annotations === undefined ? {} : { annotations }),
  };
  return { ...object, metadata };
}
