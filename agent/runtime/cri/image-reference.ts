/** Which words can name an image. Pure. */

const name = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*';
const label = '(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])';
const registry = `(?:${label}(?:\\.${label})*|\\[[a-fA-F0-9:]+\\])(?::[0-9]+)?`;
const tag = '[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}';
const digest = '[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}';

/** The grammar of the OCI distribution project's references. */
const reference = new RegExp(`^(?:${registry}/)?${name}(?:/${name})*(?::${tag})?(?:@${digest})?$`);
const imageId = /^(?:sha256:)?[0-9a-f]{64}$/;

/** Bytes of a repository's name. */
const longestName = 255;

/** Why `text` names no image, as a kubelet says it; undefined when it may. */
export function invalidReference(text: string): string | undefined {
  if (imageId.test(text)) return undefined;
  const repository = text.replace(/@.*$/, '').replace(/:[^/]*$/, '');
  const why =
    repository.length > longestName
      ? 'repository name must not be more than 255 characters'
      : reference.test(text)
        ? undefined
        : reference.test(text.toLowerCase())
          ? 'repository name must be lowercase'
          : 'invalid reference format';
  return why === undefined
    ? undefined
    : `Failed to apply default image tag "${text}": couldn't parse image name "${text}": ${why === 'repository name must be lowercase' ? `invalid reference format: ${why}` : why}`;
}
