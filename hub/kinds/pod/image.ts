/** Image names, as far as defaults need them: does this one move (`latest`), or is it pinned. */

const namePattern =
  /^(?:[A-Za-z0-9.-]+(?::\d+)?\/)?[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/;

/** API: imagePullPolicy is Always for images tagged `latest` or not at all, IfNotPresent for all others. */
export function defaultPullPolicy(image: string | undefined): 'Always' | 'IfNotPresent' {
  if (image === undefined || image.includes('@')) return pinnedOrLatest(image ?? '');
  const colon = image.lastIndexOf(':');
  const tagged = colon > image.lastIndexOf('/');
  if (tagged) return image.slice(colon + 1) === 'latest' ? 'Always' : 'IfNotPresent';
  return namePattern.test(image) ? 'Always' : 'IfNotPresent';
}

function pinnedOrLatest(image: string): 'Always' | 'IfNotPresent' {
  return image.slice(0, image.indexOf('@')).endsWith(':latest') ? 'Always' : 'IfNotPresent';
}
