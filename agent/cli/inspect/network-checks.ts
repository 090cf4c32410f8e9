/** Checks of ports, addresses and what the network of containers needs. Pure. */
import { again } from '../again.ts';
import { type Check, findingsOf } from './finding.ts';

/** Ports of the hub that another program has. */
export const ports: Check = ({ ports: all }) => {
  const { ok, fail } = findingsOf('ports');
  const wrong = all.filter(({ state }) => state === 'taken' || state === 'forbidden');
  if (all.length === 0) return [];
  if (wrong.length === 0) return [ok(`ports ${all.map(({ port }) => port).join(', ')} are ours or free`)];
  return wrong.map(({ name, port, setting, state, by = 'another program' }) =>
    state === 'taken'
      ? fail(
          `port ${port} (${name}) is taken by ${by}`,
          `stop that program, or choose another port: ${again(`config set hub.${setting} PORT`)}`,
        )
      : fail(
          `port ${port} (${name}) may not be listened on by this user`,
          `run as root, or choose a port above 1023: ${again(`config set hub.${setting} PORT`)}`,
        ),
  );
};

/** Addresses that are written down and are not this machine's any more. */
export const addresses: Check = ({ addresses: own, expected }) => {
  const { ok, fail } = findingsOf('addresses');
  const gone = expected.filter(({ isHere }) => !isHere);
  if (gone.length === 0) return [ok(`addresses of this machine: ${own.join(', ') || 'none but its own loopback'}`)];
  return gone.map(({ what, address, todo }) =>
    fail(`the IP address has changed: ${what} is ${address}, this machine has ${own.join(', ') || 'no address'}`, todo),
  );
};

/** The hub, seen from a node: is it there, and is it the one that was joined? */
export const hubSeen: Check = ({ joined }) => {
  const { ok, fail } = findingsOf('hub');
  if (joined === undefined) return [];
  const { host, port, trouble, isImpostor } = joined;
  if (trouble === undefined) return [ok(`the hub at ${host}:${port} answers, and is the one that was joined`)];
  if (isImpostor) {
    return [
      fail(
        `wrong CA: what answers at ${host}:${port} is not the hub this node joined (${trouble.replace(/^.*?: /, '')})`,
        `if the hub was set up anew: ${again('leave')}, then join with a new line of \`coracle add-node\`; if not, somebody is in between`,
      ),
    ];
  }
  return [
    fail(
      `the hub is unreachable: ${trouble}`,
      `check that it runs (coracle status, there) and that port ${port} is open on the way; Pods here run on`,
    ),
  ];
};

/** The container runtime. */
export const containerRuntime: Check = ({ runtime: { isWanted, socket, answers } }) => {
  const { ok, fail } = findingsOf('container runtime');
  if (!isWanted) return [ok('no container runtime: Pods run as processes of this machine')];
  if (answers) return [ok(`the container runtime answers at ${socket}`)];
  const name = socket?.includes('crio') === true ? 'CRI-O' : 'containerd';
  return [
    fail(
      `${name} is dead: nothing answers at ${socket ?? 'any of the usual sockets'}`,
      `start it: systemctl restart ${name === 'CRI-O' ? 'crio' : 'containerd'}, and see why with: journalctl -u ${name === 'CRI-O' ? 'crio' : 'containerd'}`,
    ),
  ];
};

const purposes: Readonly<Record<string, { package: string; without: string }>> = {
  nft: { package: 'nftables', without: 'no Service and no NetworkPolicy works' },
  ip: { package: 'iproute2', without: 'Pods of other nodes cannot be reached' },
  conntrack: { package: 'conntrack', without: 'UDP goes on to Pods that are gone' },
};

/** Programs the network of containers is made with. */
export const programs: Check = ({ runtime: { isWanted, missing } }) => {
  const { ok, warn, fail } = findingsOf('programs');
  if (missing.length === 0) return [ok('nft, ip and conntrack are installed')];
  return missing.map((name) => {
    const { package: from, without } = purposes[name] ?? { package: name, without: 'the network is not whole' };
    const text = `the program ${name} is missing: ${without}`;
    const todo = `install it (Debian: apt-get install ${from})`;
    return isWanted && name !== 'conntrack' ? fail(text, todo) : warn(text, todo);
  });
};

/** Plugins that connect containers. */
export const cniPlugins: Check = ({ runtime: { isWanted, cniPlugins: found } }) => {
  const { ok, fail } = findingsOf('network plugins');
  if (!isWanted) return [];
  if (found !== undefined) return [ok(`network plugins are in ${found}`)];
  const todo = 'install them (Debian: apt-get install containernetworking-plugins)';
  return [fail('the network plugins bridge, host-local and portmap are missing: no Pod gets an address', todo)];
};

/** Routes and forwarding. */
export const routes: Check = ({ hasDefaultRoute, forwarding, rangeClash, runtime, agent }) => {
  const { ok, warn, fail } = findingsOf('routes');
  const findings = [];
  if (rangeClash !== undefined)
    findings.push(fail(rangeClash, `${again('config set hub.clusterCidr RANGE')} (or hub.serviceCidr)`));
  if (!hasDefaultRoute)
    findings.push(
      warn(
        'there is no default route: images cannot be pulled from elsewhere, and host processes do not reach addresses of Services',
        `add one, be it to nowhere (ip route add default dev INTERFACE), and import images: ${again('images import FILE')}`,
      ),
    );
  if (!forwarding && runtime.isWanted && agent.isRunning)
    findings.push(
      fail('IP forwarding is off: Pods reach nothing outside their node', 'sysctl -w net.ipv4.ip_forward=1'),
    );
  return findings.length === 0 ? [ok('routes are as they have to be')] : findings;
};
