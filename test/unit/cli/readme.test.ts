/** The README names every command there is, and every command and addon of MicroK8s. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';

const project = fileURLToPath(new URL('../../..', import.meta.url));
const lines = readFileSync(join(project, 'README.md'), 'utf8').split('\n');

/** The words in backticks in the first column of the table under this head, arguments and all. */
function firstColumn(head: string): string {
  const start = lines.indexOf(head) + 2;
  assert.ok(start > 1, head);
  const end = lines.findIndex((line, index) => index > start && !line.startsWith('|'));
  const cells = lines.slice(start, end).map((line) => line.split(/(?<!\\)\|/)[1] ?? '');
  return cells.flatMap((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, words]) => ` ${words} `)).join('');
}

function unnamed(head: string, names: readonly string[]): string[] {
  const column = firstColumn(head);
  return names.filter((name) => !column.includes(` ${name} `));
}

/** Apps of the snap of MicroK8s (snap/snapcraft.yaml, June 2026), and what its documentation still names. */
const commands =
  'add-node addons config ctr dbctl disable enable helm helm3 images inspect istioctl join kubectl leave linkerd refresh-certs remove-node reset start status stop version dashboard-proxy install uninstall';

/** addons.yaml of microk8s-core-addons and microk8s-community-addons, May 2026. */
const addons =
  'dns rbac ingress hostpath-storage storage registry metrics-server nvidia gpu helm helm3 metallb host-access ha-cluster mayastor prometheus observability community cert-manager kube-ovn minio cis-hardening rook-ceph microcks dashboard-ingress istio knative fluentd jaeger linkerd cilium multus nfs portainer traefik keda openfaas openebs kata inaccel trivy argocd osm-edge sosivio kwasm gopaddle parking easyhaproxy shifu kubearmor falco cloudnative-pg ngrok stunner sriov-device-plugin amd forgejo';

describe('the README', () => {
  it('has every command', () => {
    const coracle = join(project, 'agent', 'coracle.mjs');
    const help = execFileSync(process.execPath, [coracle, 'help'], { encoding: 'utf8' });
    const listed = help.slice(help.indexOf('Commands:'), help.indexOf('Examples:'));
    const names = [...listed.matchAll(/^ {2}([a-z-]+) /gm)]
      .map(([, name = '']) => name)
      .filter((name) => name !== 'help');
    assert.ok(names.length > 20, names.join());
    assert.deepEqual(unnamed('| command | what it does |', names), []);
  });

  it('says of every command of MicroK8s what it is here', () => {
    assert.deepEqual(unnamed('| MicroK8s | here |', commands.split(' ')), []);
  });

  it('says of every addon of MicroK8s what it is here', () => {
    assert.deepEqual(unnamed('| addon of MicroK8s | here |', addons.split(' ')), []);
  });
});
