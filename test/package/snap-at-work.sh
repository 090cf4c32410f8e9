#!/usr/bin/env bash
# The snap without snapd: snap-at-work.sh, with the environment snapd would give (SNAP, SNAP_COMMON, and what snapcraft.yaml says)
# What is mounted, started and written here ends with this process, but for what is in SNAP_COMMON. Needs root.
set -euo pipefail
if [ -z "${SNAP_AT_WORK_INSIDE:-}" ]; then
  exec unshare --mount --net --uts --pid --fork --kill-child --propagation private \
    env SNAP_AT_WORK_INSIDE=1 bash "$0"
fi
mount -t proc proc /proc
mount -t tmpfs tmpfs /run
# what is written to the machine's own folders is kept apart
for folder in etc var; do
  mkdir -p "/run/apart/$folder/changes" "/run/apart/$folder/work"
  mount -t overlay overlay -o "lowerdir=/$folder,upperdir=/run/apart/$folder/changes,workdir=/run/apart/$folder/work" "/$folder"
done
ip link set lo up
ip link add eth0 type veth peer name eth1
ip link set eth1 up
ip address add 10.78.0.1/24 dev eth0
ip link set eth0 up
# processes of the machine reach a Service's address only where some route leads there
ip route add default dev eth0
await() { for _ in $(seq 200); do "$@" && return; sleep 0.05; done; echo "this did not come true: $*" >&2; return 1; }

echo '# the hooks of an installation'
"$SNAP/meta/hooks/install"

echo '# containerd'
"$SNAP/bin/run-containerd" >"$SNAP_COMMON/containerd.log" 2>&1 &
containerd=$!
await ctr --address /run/coracle/containerd.sock version >/dev/null 2>&1
ctr --address /run/coracle/containerd.sock plugins list | grep ' cri .* ok'

echo '# hub and agent, which finds it'
coracle start
coracle kubectl get nodes -o wide | tee /run/nodes
grep -q 'Ready.*containerd://' /run/nodes

echo '# programs of addons, out of the snap'
coracle enable device-labels ingress:httpPort=8080,httpsPort=8443 --timeout 60
coracle kubectl get pods --all-namespaces -o wide
asked='exec 3<>/dev/tcp/10.78.0.1/8080 && printf "GET / HTTP/1.0\r\n\r\n" >&3 && head -1 <&3 | grep "HTTP/1.. 404"'
await timeout 2 bash -c "$asked"
coracle disable device-labels ingress
coracle stop
kill "$containerd"
wait "$containerd" || true

echo '# the hook of a removal'
"$SNAP/meta/hooks/remove"
if pgrep -f "$SNAP/" >/run/left; then
  echo 'left running:' >&2
  ps -fp "$(paste -sd, /run/left)" >&2
  exit 1
fi
test ! -e /run/coracle
test ! -e "$CORACLE_DATA_DIR/hub"
test -z "$(ls /etc/cni/net.d 2>/dev/null | grep coracle || true)"
echo '# done'
