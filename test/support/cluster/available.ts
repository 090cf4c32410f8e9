/** Whether this machine can hold a cluster with real containers. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** Programs a cluster needs, each with the Debian package that brings it. */
const programs: Readonly<Record<string, string>> = {
  containerd: 'containerd',
  runc: 'runc',
  ip: 'iproute2',
  nft: 'nftables',
  conntrack: 'conntrack',
  nsenter: 'util-linux',
  busybox: 'busybox-static',
  'docker-registry': 'docker-registry',
  htpasswd: 'apache2-utils',
  kubectl: 'kubernetes-client',
};

/** CNI plugins are not on the PATH: Debian keeps them here. */
export const cniPlugins = '/usr/lib/cni';

function missingPackages(): string[] {
  const places = `${process.env['PATH']}:/usr/sbin:/sbin`.split(':');
  const missing = Object.entries(programs)
    .filter(([program]) => !places.some((place) => existsSync(join(place, program))))
    .map(([, debian]) => debian);
  return existsSync(join(cniPlugins, 'bridge')) ? missing : [...missing, 'containernetworking-plugins'];
}

function whyNot(): string | false {
  if (process.platform !== 'linux') return 'containers need Linux';
  if (process.getuid?.() !== 0) return 'only root can make network namespaces and run containerd';
  const missing = missingPackages();
  return missing.length === 0 ? false : `missing here (Debian: apt-get install ${missing.join(' ')})`;
}

/** Why tests with real containers cannot run here, as a sentence; false when they can. */
export const noContainers: string | false = whyNot();
