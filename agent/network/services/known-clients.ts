/** Which client stays with which endpoint, as the kernel knows it: kept when the table is replaced. Pure. */
import { isIP } from 'node:net';
import { affinityPrefix } from './service-rules.ts';

interface ListedElement {
  readonly elem?: { readonly val?: unknown; readonly expires?: unknown };
}

interface Listed {
  readonly nftables?: readonly { readonly set?: { readonly name: string; readonly elem?: readonly unknown[] } }[];
}

/** The clients of each endpoint's set, with the seconds they have left, out of what `nft -j list sets` says. */
export function knownClients(json: string): Map<string, string[]> {
  const clients = new Map<string, string[]>();
  if (json === '') return clients;
  for (const { set } of (JSON.parse(json) as Listed).nftables ?? []) {
    if (set?.name.startsWith(affinityPrefix) !== true) continue;
    const elements = (set.elem ?? []).flatMap((each) => {
      const { val, expires } = (each as ListedElement).elem ?? {};
      // one that is about to expire is listed with nothing left
      return typeof val === 'string' && isIP(val) !== 0 && Number(expires) > 0
        ? [`${val} expires ${Number(expires)}s`]
        : [];
    });
    if (elements.length > 0) clients.set(set.name, elements);
  }
  return clients;
}
