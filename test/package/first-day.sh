#!/usr/bin/env bash
# The first day of a user, from nothing: first-day.sh PACKAGE.deb
# Two fresh Debian roots with a cable between them, the package in both; a hub with addons on the one, the other joins with the
# line that is printed, and a DaemonSet is rolled out over both. Needs root, debootstrap and Debian's archive; leaves nothing.
set -euo pipefail
. "$(dirname "$0")/machines.sh"
begin "$@"

package=$(realpath "$1")
addons=(${FIRST_DAY_ADDONS-dns})
fresh_debian libstdc++6,iproute2,kubernetes-client
machine hub
machine edge
cable hub edge
for name in hub edge; do cp "$package" "$work/$name/root/coracle.deb"; done

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
