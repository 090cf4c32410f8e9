/** What MicroK8s' users type, and what does the same here. */

const doneBy: ReadonlyMap<string, string> = new Map([
  ['ctr', 'containerd is the machine’s own: ctr -n k8s.io …'],
  ['dashboard-proxy', 'there is no dashboard; coracle tunnel NAME opens a port that leads to any Service'],
  ['dbctl', 'here that is: coracle backup, coracle restore'],
  ['helm', 'helm works with what coracle config prints: KUBECONFIG=… helm …'],
  ['helm3', 'helm works with what coracle config prints: KUBECONFIG=… helm …'],
  ['istioctl', 'it works with what coracle config prints: KUBECONFIG=… istioctl …'],
  ['linkerd', 'it works with what coracle config prints: KUBECONFIG=… linkerd …'],
  ['install', 'nothing is to be installed: coracle start'],
  ['uninstall', 'coracle reset forgets the cluster; the package goes the way it came'],
]);

/** What a command of MicroK8s is here; undefined for what is none, or is called the same. */
export function calledHere(command: string): string | undefined {
  return doneBy.get(command);
}
