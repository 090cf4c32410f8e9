/** What a Debian package says of itself, and does when it comes and goes. */

/** The control file (deb-control(5)). `size` is what the files take, in KiB. */
export const control = ({ version, architecture, size }) => `Package: coracle
Version: ${version}
Architecture: ${architecture}
Maintainer: Coracle <coracle@localhost>
Installed-Size: ${size}
Depends: libc6 (>= 2.28), libstdc++6 (>= 8)
Recommends: containerd | cri-o, containernetworking-plugins, iproute2, nftables, conntrack
Suggests: kubernetes-client
Section: admin
Priority: optional
Description: Kubernetes for places where Kubernetes does not fit
 One hub (API server, scheduler, controllers, MQTT broker, SQLite) and many light node agents, driven by kubectl.
 Joining a device is one line; Pods keep running while the hub is away. Nothing starts or updates by itself.
`;

/** Units are made known to systemd where it runs; nothing is started or enabled unless it was before. */
export const postinst = `#!/bin/sh
set -e
if [ -d /run/systemd/system ]; then
  systemctl --system daemon-reload || true
  if [ "$1" = configure ] && [ -n "$2" ]; then
    # an upgrade: Pods run on while their agent is replaced
    systemctl try-restart coracle-hub.service coracle-agent.service || true
  fi
fi
`;

/** Nodes leave no daemon behind; what they keep stays until the package is purged. */
export const prerm = `#!/bin/sh
set -e
if [ "$1" = remove ]; then
  if [ -d /run/systemd/system ]; then
    systemctl disable --now coracle-agent.service coracle-hub.service coracle-join.service || true
  fi
  coracle stop || true
fi
`;

/**
 * Purging forgets the cluster: objects, certificates, unpacked programs. What Pods have stored in volumes is kept, as `coracle reset`
 * keeps it; and what is still mounted is somebody's data, which is let go of and never removed through its mount.
 */
export const postrm = `#!/bin/sh
set -ef
if [ "$1" = purge ]; then
  data=/var/lib/coracle
  volumes=$data/agent/local-volumes
  # those inside of others first; the kernel writes a space as \\040
  for place in $(cut --delimiter=' ' --fields=5 /proc/self/mountinfo | grep "^$data/" | sort --reverse); do
    umount --lazy "$(printf '%b' "$place")"
  done
  if [ -n "$(ls -A "$volumes" 2>/dev/null)" ]; then
    find "$data" -mindepth 1 -maxdepth 1 ! -name agent -exec rm -rf {} +
    find "$data/agent" -mindepth 1 -maxdepth 1 ! -name local-volumes -exec rm -rf {} +
    echo "coracle: what Pods have stored stays in $volumes; rm -r $data forgets it" >&2
  else
    rm -rf "$data"
  fi
  rm -rf /var/cache/coracle /etc/coracle
fi
if [ -d /run/systemd/system ]; then
  systemctl --system daemon-reload || true
fi
`;
