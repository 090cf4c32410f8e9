#!/usr/bin/env bash
# The first day of a user, from nothing: first-day.sh PACKAGE.deb
# Two fresh Debian roots with a cable between them, the package in both; a hub with addons on the one, the other joins with the
# line that is printed, and a DaemonSet is rolled out over both. Needs root, debootstrap and Debian's archive; leaves nothing.
set -euo pipefail
. "$(dirname "$0")/machines.sh"
begin "$@"

package=$(realpath "$1")
addons=(${FIRST_DAY_ADDONS-dns ingress loadbalancer:10.77.0.40-10.77.0.49})
fresh_debian libstdc++6,iproute2,kubernetes-client
machine hub
machine edge
cable hub edge
for name in hub edge; do cp "$package" "$work/$name/root/coracle.deb"; done

say 'install the package on both'
on hub dpkg --install /root/coracle.deb
on edge dpkg --install /root/coracle.deb
on hub grep --quiet '^aedes [0-9]' /usr/share/doc/coracle/copyright

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
on hub coracle status --wait-ready --timeout 60

if [[ " ${addons[*]}" == *' ingress'*' loadbalancer:'* ]]; then
  say 'an address for the ingress, asked from both machines'
  on hub coracle kubectl apply -f - <<'END'
apiVersion: v1
kind: Service
metadata: {name: front, namespace: ingress}
spec: {type: LoadBalancer, selector: {app: ingress}, ports: [{port: 8080, targetPort: 80}]}
END
  front=
  for _ in $(seq 50); do
    front=$(on hub coracle kubectl get service/front -n ingress -o 'jsonpath={.status.loadBalancer.ingress[*].ip}')
    [ -z "$front" ] || break
    sleep 0.2
  done
  asked="exec 3<>/dev/tcp/$front/8080 && printf 'GET / HTTP/1.0\r\n\r\n' >&3 && head -1 <&3 | grep HTTP"
  for name in hub edge; do
    for _ in $(seq 50); do answer=$(on "$name" timeout 2 bash -c "$asked" 2>/dev/null) && break; sleep 0.2; done
    echo "$name asks ${front:?no address}: ${answer:?no answer}"
    unset answer
  done
fi

say 'and away again'
on edge coracle leave
on hub coracle reset
on hub dpkg --purge coracle
test ! -e "$work/hub/var/lib/coracle"
for name in hub edge; do on "$name" ip -brief link | { ! grep coracle; }; done
say 'done'
