#!/bin/sh
# Installs Coracle out of this directory on a machine without any network. It reads nothing that SHA256SUMS does not name.
set -eu
usage='usage: ./install.sh [--hub | --join-file FILE]

  without an option   install the packages and kubectl; nothing is started
  --hub               and start a hub and an agent here, with the images and addon repositories of the bundle
  --join-file FILE    and join the hub that FILE names (see /usr/share/doc/coracle/configs/join.yaml), with the images'

refuse() {
  printf 'install.sh: %s\n' "$1" >&2
  exit "${2:-1}"
}

role=none
join_file=
while [ $# -gt 0 ]; do
  case $1 in
    --hub) next=hub ;;
    --join-file)
      [ $# -gt 1 ] || refuse '--join-file takes a file' 2
      next=node
      join_file=$2
      shift
      ;;
    --help)
      printf '%s\n' "$usage"
      exit
      ;;
    *) refuse "there is no option $1
$usage" 2 ;;
  esac
  [ "$role" = none ] || refuse 'a machine is told one role: --hub or --join-file' 2
  role=$next
  shift
done
# before the directory is changed: it may be named from where the caller is
case $join_file in '' | /*) ;; *) join_file=$PWD/$join_file ;; esac
[ -z "$join_file" ] || [ -f "$join_file" ] || refuse "$join_file is not there" 2

cd "$(dirname "$0")"
[ "$(id -u)" -eq 0 ] || refuse 'this takes root: sudo ./install.sh'
for tool in dpkg sha256sum; do
  command -v "$tool" >/dev/null || refuse "$tool is missing: a bundle is for Debian and what comes of it"
done
sha256sum --check --strict --quiet SHA256SUMS >&2 ||
  refuse 'the files named above are not what they were when the bundle was made: copy it again; nothing was installed'
here=$(dpkg --print-architecture)
meant=$(cat architecture)
[ "$here" = "$meant" ] || refuse "this bundle is for $meant, and this machine is $here; nothing was installed"

files() { # FOLDER: what the bundle has there
  sed -n "s|^[0-9a-f]\{64\}  \($1/\)|\1|p" SHA256SUMS
}

say() { printf '# %s\n' "$*"; }

say 'packages'
# shellcheck disable=SC2046 # a word each: no name in a bundle has a space
dpkg --install --refuse-downgrade --skip-same-version $(files packages)
if [ -e kubectl ] && grep -q '  kubectl$' SHA256SUMS; then
  say 'kubectl, to /usr/local/bin'
  install -D --mode=0755 kubectl /usr/local/bin/kubectl
fi

with_systemd() { [ -d /run/systemd/system ]; }

case $role in
  none)
    say 'done; nothing was started. What there is to do next: coracle help'
    ;;
  hub)
    say 'a hub and an agent'
    if ! with_systemd; then
      coracle start
    elif ! systemctl --quiet is-active coracle-hub; then
      coracle start
      coracle stop
      systemctl enable --now coracle-hub coracle-agent
    fi
    coracle status --wait-ready
    files addons | while read -r file; do
      name=$(basename "$file" .bundle)
      say "addon repository $name"
      # where `coracle addons repo update` finds it again
      kept=/var/lib/coracle/bundle/$name.git
      rm -rf "$kept"
      git clone --quiet --bare "$file" "$kept"
      if coracle addons repo list | grep -q "^$name "; then
        coracle addons repo update "$name"
      else
        coracle addons repo add "$name" "file://$kept"
      fi
    done
    files images | while read -r file; do
      say "image $file"
      coracle images import "$file"
    done
    say 'done. A line for machines that are to join: coracle add-node'
    ;;
  node)
    files images | while read -r file; do
      say "image $file"
      # the hub need not send what is here
      ctr --namespace k8s.io images import "$file"
    done
    if [ -e /var/lib/coracle/agent/pki/node.json ]; then
      say 'done. This machine has joined before'
      exit
    fi
    # a token is in it
    install -D --mode=0600 "$join_file" /etc/coracle/join.yaml
    say 'joining'
    if with_systemd; then
      systemctl enable --now coracle-join || say 'not yet: it is tried again until it is done (journalctl -u coracle-join)'
    else
      coracle join --file /etc/coracle/join.yaml
    fi
    say 'done'
    ;;
esac
