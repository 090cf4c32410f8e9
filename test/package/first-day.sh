#!/usr/bin/env bash
# The first day of a user, from nothing: first-day.sh PACKAGE.deb
# Two fresh Debian roots with a cable between them, the package in both; a hub with addons on the one, the other joins with the
# line that is printed, and a DaemonSet is rolled out over both. Needs root, debootstrap and Debian's archive; leaves nothing.
set -euo pipefail

if [ -z "${FIRST_DAY_INSIDE:-}" ]; then
  # all that is mounted and started here ends with this process
  exec unshare --mount --pid --fork --kill-child --propagation private \
    env FIRST_DAY_INSIDE=1 bash "$0" "$@"
fi

package=$(realpath "$1")
addons=(${FIRST_DAY_ADDONS-dns})
work=$(mktemp -d)
trap 'cd /; umount --recursive --lazy "$work" 2>/dev/null; rm -rf "$work"' EXIT
mount -t proc proc /proc
mount -t tmpfs -o size=3g tmpfs "$work"

say() { printf '\n# %s\n' "$*"; }

say 'a fresh Debian'
debootstrap --variant=minbase --include=libstdc++6,iproute2,kubernetes-client \
  bookworm "$work/base" "${FIRST_DAY_MIRROR:-http://deb.debian.org/debian}" >"$work/debootstrap.log" 2>&1 ||
  { tail -20 "$work/debootstrap.log"; exit 1; }

machine() { # NAME ADDRESS: a root over the fresh one, with its own network
  local root=$work/$1
  mkdir -p "$root" "$work/$1.changes" "$work/$1.work"
  mount -t overlay overlay -o "lowerdir=$work/base,upperdir=$work/$1.changes,workdir=$work/$1.work" "$root"
  mount -t proc proc "$root/proc"
  mount --rbind /sys "$root/sys"
  mount --rbind /dev "$root/dev"
  mount -t tmpfs tmpfs "$root/run"
  echo "$1" >"$root/etc/hostname"
  unshare --net --uts sleep infinity &
  eval "$1=$!"
}
on() { # NAME COMMAND…
  local pid=${!1} root=$work/$1
  shift
  nsenter --target "$pid" --net --uts chroot "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root "$@"
}

machine hub
machine edge
sleep_until() { for _ in $(seq 100); do "$@" && return; sleep 0.05; done; return 1; }
sleep_until test -e "/proc/$edge/ns/net"
nsenter --target "$hub" --net ip link add eth0 type veth peer name eth0 netns "$edge"
for each in hub:10.77.0.1 edge:10.77.0.2; do
  name=${each%%:*} address=${each#*:}
  on "$name" hostname "$name"
  on "$name" ip address add "$address/24" dev eth0
  on "$name" ip link set lo up
  on "$name" ip link set eth0 up
  cp "$package" "$work/$name/root/coracle.deb"
done

say 'install the package on both'
on hub dpkg --install /root/coracle.deb
on edge dpkg --install /root/coracle.deb

say 'coracle start'
on hub coracle start
if [ ${#addons[@]} -gt 0 ]; then
  say "coracle enable ${addons[*]}"
  on hub coracle enable "${addons[@]}"
fi

say 'coracle add-node, and the printed line on the other machine'
line=$(on hub coracle add-node --format short | head -1)
on edge $line

say 'a DaemonSet on both'
on hub coracle kubectl apply -f /usr/share/doc/coracle/examples/latency-daemonset.yaml
on hub coracle kubectl rollout status daemonset/latency --timeout=60s
on hub coracle kubectl get nodes,daemonsets,pods --all-namespaces -o wide
on hub coracle status

say 'and away again'
on edge coracle leave
on hub coracle reset
on hub dpkg --purge coracle
test ! -e "$work/hub/var/lib/coracle"
say 'done'
