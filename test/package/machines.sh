# Fresh Debian machines on this one, for the scripts beside: roots over one debootstrap, each with its own network and a cable
# to the other. To be sourced; `begin "$@"` first. Needs root and debootstrap; leaves nothing.
# shellcheck shell=bash

say() { printf '\n# %s\n' "$*"; }

# All that is mounted and started from here on ends with this process; what it works in is $work.
begin() {
  if [ -z "${MACHINES_INSIDE:-}" ]; then
    exec unshare --mount --pid --fork --kill-child --propagation private \
      env MACHINES_INSIDE=1 bash "$0" "$@"
  fi
  work=$(mktemp -d)
  trap 'cd /; umount --recursive --lazy "$work" 2>/dev/null; rm -rf "$work"' EXIT
  mount -t proc proc /proc
  mount -t tmpfs -o size=4g tmpfs "$work"
}

fresh_debian() { # PACKAGES: the root that machines stand on
  say 'a fresh Debian'
  debootstrap --variant=minbase --include="$1" \
    bookworm "$work/base" ${FIRST_DAY_MIRROR:+"$FIRST_DAY_MIRROR"} >"$work/debootstrap.log" 2>&1 ||
    { tail -20 "$work/debootstrap.log"; exit 1; }
}

machine() { # NAME: a root over the fresh one, with its own network
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

await() { for _ in $(seq 200); do "$@" && return; sleep 0.05; done; echo "this did not come true: $*" >&2; return 1; }

cable() { # ONE OTHER: 10.77.0.1 and 10.77.0.2, and no way to anywhere else
  local one=$1 other=$2
  await test -e "/proc/${!other}/ns/net"
  nsenter --target "${!one}" --net ip link add eth0 type veth peer name eth0 netns "${!other}"
  for each in "$one:10.77.0.1" "$other:10.77.0.2"; do
    on "${each%%:*}" hostname "${each%%:*}"
    on "${each%%:*}" ip address add "${each#*:}/24" dev eth0
    on "${each%%:*}" ip link set lo up
    on "${each%%:*}" ip link set eth0 up
  done
}
