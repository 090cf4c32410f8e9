/** Pushing images over the registry's HTTP API (OCI distribution specification 1.0). */
import { openAsBlob } from 'node:fs';
import type { Image } from './image.ts';
import type { Blob as ImageBlob } from './layer.ts';

interface Target {
  /** `address:port` */
  readonly host: string;
  readonly login?: { readonly user: string; readonly password: string };
  readonly image: Image;
  /** `name:tag` */
  readonly as: string;
}

/** Puts an image and all it names into a registry. Throws with the registry's words when it refuses. */
export async function pushImage({ host, login, image, as }: Target): Promise<void> {
  const colon = as.lastIndexOf(':');
  const base = `http://${host}/v2/${as.slice(0, colon)}`;
  const basic = login === undefined ? undefined : Buffer.from(`${login.user}:${login.password}`).toString('base64');

  async function ask(method: string, url: string, more: RequestInit = {}): Promise<Response> {
    const headers = new Headers(more.headers);
    if (basic !== undefined) headers.set('authorization', `Basic ${basic}`);
    const response = await fetch(url, { method, ...more, headers });
    if (!response.ok && response.status !== 404) {
      throw new Error(`${method} ${url}: ${response.status} ${await response.text()}`);
    }
    return response;
  }

  async function pushBlob({ digest, content }: ImageBlob): Promise<void> {
    if ((await ask('HEAD', `${base}/blobs/${digest}`)).ok) return;
    const upload = await ask('POST', `${base}/blobs/uploads/`);
    const place = new URL(upload.headers.get('location') ?? '', base);
    place.searchParams.set('digest', digest);
    const body = Buffer.isBuffer(content) ? new Uint8Array(content) : await openAsBlob(content.from);
    await ask('PUT', place.href, { body, headers: { 'content-type': 'application/octet-stream' } });
  }

  async function pushManifest(one: Image, reference: string): Promise<void> {
    for (const part of one.parts) await pushManifest(part, part.digest);
    await Promise.all(one.blobs.map(pushBlob));
    const headers = { 'content-type': one.mediaType };
    const answer = await ask('PUT', `${base}/manifests/${reference}`, { body: new Uint8Array(one.manifest), headers });
    if (!answer.ok) throw new Error(`${as} was not taken: ${answer.status} ${await answer.text()}`);
  }

  await pushManifest(image, as.slice(colon + 1));
}
