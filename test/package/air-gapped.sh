#!/usr/bin/env bash
# Two machines that have never seen a network: air-gapped.sh NODE, after `npm run package:deb`
# A bundle with Coracle's package and containerd's, kubectl, an image and a repository of addons is made here and carried to two
# fresh Debian roots, whose only cable leads to each other. The one becomes a hub, the other joins by a file; the image and the
# addon are there, and a Pod runs, as a process: runc starts no container in a root like these. Broken and foreign bundles are
# refused. Needs root, debootstrap and Debian's archive; leaves nothing.
set -euo pipefail
. "$(dirname "$0")/machines.sh"
begin "$@"

node=$1
project=$(realpath "$(dirname "$0")/../..")
# what a machine of these has of its own; the rest is in the bundle
fresh_debian libstdc++6,iproute2,xz-utils,git,busybox-static

say 'what is to come along: a runtime with all it depends on, an image, addons'
mkdir "$work/packages" "$work/addons" "$work/images"
chroot "$work/base" apt-get install --yes --no-install-recommends --print-uris \
  containerd runc containernetworking-plugins nftables conntrack |
  sed -n "s/^'\([^']*\)' \([^ ]*\) .*/\1 \2/p" >"$work/wanted"
while read -r address name; do wget --quiet --output-document "$work/packages/$(basename "$address")" "$address"; done <"$work/wanted"
"$node" "$project/test/package/write-image.ts" "$work/images/box.tar"
mkdir -p "$work/addons/greeting"
cat >"$work/addons/addons.yaml" <<'END'
name: field
description: what our stations have
END
cat >"$work/addons/greeting/addon.yaml" <<'END'
name: greeting
version: 1.0.0
description: says where a station is
manifests: [greeting.yaml]
END
cat >"$work/addons/greeting/greeting.yaml" <<'END'
apiVersion: v1
kind: ConfigMap
metadata: { name: greeting, namespace: default }
data: { station: north }
END
git -C "$work/addons" init --quiet
git -C "$work/addons" add .
git -C "$work/addons" -c user.name=t -c user.email=t@localhost commit --quiet --message first
given=()
for each in "$work"/packages/*.deb; do given+=(--package "$each"); done
mkdir "$work/made"
bundle() {
  "$node" "$project/snap/bundle.mjs" --quick --output "$work/made" "${given[@]}" --kubectl "$kubectl" \
    --image "$work/images/box.tar" --addons "field=$work/addons"
}
kubectl=$("$node" "$project/test/support/print-kubectl-folder.ts")
kubectl=$(PATH=${kubectl:-.}:$PATH command -v kubectl)
bundle
say 'made once more, it is the same'
first=$(sha256sum "$work"/made/*.tar.xz)
bundle
test "$first" = "$(sha256sum "$work"/made/*.tar.xz)"

machine hub
machine edge
cable hub edge
for name in hub edge; do
  tar -xJf "$work"/made/*.tar.xz -C "$work/$name/root"
  mv "$work/$name"/root/coracle-* "$work/$name/root/bundle"
  # containerd keeps its layers on an overlay of its own, which does not stand on another one
  mkdir -p "$work/$name/var/lib/containerd"
  mount -t tmpfs tmpfs "$work/$name/var/lib/containerd"
done

refused() { # WHAT WORDS COMMAND…
  local what=$1 words=$2 said
  shift 2
  if said=$("$@" 2>&1); then echo "$what: was taken" >&2; exit 1; fi
  grep -q -- "$words" <<<"$said" || { echo "$what: $said" >&2; exit 1; }
  echo "$what: refused"
}
say 'what is broken or meant for others is refused, by name'
on edge cp -r /root/bundle /root/broken
echo spoilt >>"$work/edge/root/broken/images/box.tar"
refused 'a spoilt image' 'images/box.tar: FAILED' on edge /root/broken/install.sh
on edge rm /root/broken/kubectl
refused 'a bundle without its kubectl' 'kubectl: FAILED' on edge /root/broken/install.sh
on edge rm -r /root/broken
on edge cp -r /root/bundle /root/foreign
echo arm64 >"$work/edge/root/foreign/architecture"
on edge sh -c 'cd /root/foreign && sed -i "s/.*  architecture$/$(sha256sum architecture)/" SHA256SUMS'
refused 'another architecture' 'for arm64, and this machine is amd64' on edge /root/foreign/install.sh
on edge rm -r /root/foreign
refused 'two roles' 'one role' on edge /root/bundle/install.sh --hub --join-file /etc/hostname
refused 'a join file that is not there' 'is not there' on edge /root/bundle/install.sh --join-file /none
test ! -e "$work/edge/usr/bin/coracle"

containerd_of() { # NAME: as systemd would have started it when the package was installed
  mkdir -p "$work/$1/etc/containerd"
  cat >"$work/$1/etc/containerd/config.toml" <<'END'
version = 2
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "field.example/box:1"
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
END
  on "$1" containerd >"$work/$1.containerd.log" 2>&1 &
  await test -S "$work/$1/run/containerd/containerd.sock"
}
say 'the hub'
on hub /root/bundle/install.sh >"$work/hub.log" || { tail -20 "$work/hub.log"; exit 1; }
on hub test -x /usr/local/bin/kubectl
containerd_of hub
on hub /root/bundle/install.sh --hub || { tail "$work"/hub/var/lib/coracle/*/*.log "$work/hub.containerd.log"; exit 1; }

say 'a machine that joins by a file'
line=$(on hub coracle add-node --format short | head -1)
printf 'hub: %s\nlabels: {site: north}\n' "${line##* }" >"$work/edge/root/join.yaml"
on edge /root/bundle/install.sh >"$work/edge.log" || { tail -20 "$work/edge.log"; exit 1; }
containerd_of edge
on edge /root/bundle/install.sh --join-file /root/join.yaml ||
  { tail "$work"/edge/var/lib/coracle/agent/*.log "$work/edge.containerd.log"; exit 1; }
test "$(stat --format=%a "$work/edge/etc/coracle/join.yaml")" = 600
kubectl() { on hub env KUBECONFIG=/var/lib/coracle/kubeconfig /usr/local/bin/kubectl "$@"; }
kubectl wait --for=condition=Ready nodes --all --timeout=60s
kubectl get nodes --label-columns=site -o wide

say 'what came along is there'
on hub coracle enable greeting --source field
test "$(kubectl get configmap greeting -o 'jsonpath={.data.station}')" = north
on_both() { on hub coracle images list | grep 'field.example/box:1 .*edge,hub'; }
await on_both
kubectl create -f - <<'END'
apiVersion: v1
kind: Pod
metadata: { name: box }
spec:
  nodeSelector: { site: north }
  restartPolicy: Never
  runtimeClassName: process
  containers: [{ name: box, image: none, command: [/bin/busybox, echo, dry, land] }]
END
kubectl wait --for=jsonpath='{.status.phase}'=Succeeded pod/box --timeout=60s || { kubectl describe pod box; exit 1; }
test "$(kubectl logs box)" = 'dry land'

say 'installed once more: nothing is lost'
on edge /root/bundle/install.sh --join-file /root/join.yaml
on hub /root/bundle/install.sh --hub
kubectl get nodes,pods
on edge coracle leave
on hub coracle reset
say 'done'
