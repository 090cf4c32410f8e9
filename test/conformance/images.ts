/** Where the images of the tests are: in the registry of the cluster they run on. */

/** The reference of an image of test/support/images, such as `busybox:1`. */
export function image(name: string): string {
  const registry = process.env['CORACLE_CONFORMANCE_REGISTRY'] ?? '';
  return registry === '' ? name : `${registry}/${name}`;
}
