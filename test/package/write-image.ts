/** `write-image.ts FILE`: an archive of the image field.example/box:1, Debian's static busybox, which waits unless told otherwise. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { tar } from '../../agent/cli/inspect/tar.ts';
import { createImage } from '../support/images/image.ts';
import { buildLayer } from '../support/images/layer.ts';

const name = 'field.example/box:1';
const busybox = ['/bin/busybox', '/usr/bin/busybox'].find(existsSync) ?? '';
const waiting = 'trap "exit 0" TERM INT; while :; do sleep 2147483647 & wait; done';
const image = createImage({
  name,
  layers: [
    await buildLayer([
      { path: 'bin' },
      { path: 'tmp', mode: 0o1777 },
      { path: 'bin/busybox', file: { from: busybox } },
    ]),
  ],
  config: { Entrypoint: ['/bin/busybox', 'sh', '-c', waiting] },
});
const index = {
  schemaVersion: 2,
  manifests: [
    {
      ...{ mediaType: image.mediaType, digest: image.digest, size: image.manifest.length },
      annotations: { 'io.containerd.image.name': name, 'org.opencontainers.image.ref.name': name },
    },
  ],
};
const blobs = [...image.blobs, { digest: image.digest, content: image.manifest }];
const bytes = (content: Buffer | { readonly from: string }): Buffer =>
  Buffer.isBuffer(content) ? content : readFileSync(content.from);
const files = [
  { name: 'oci-layout', data: '{"imageLayoutVersion":"1.0.0"}' },
  ...blobs.map(({ digest, content }) => ({ name: `blobs/${digest.replace(':', '/')}`, data: bytes(content) })),
  { name: 'index.json', data: JSON.stringify(index) },
];
writeFileSync(process.argv[2] ?? '', tar(files, 0));
