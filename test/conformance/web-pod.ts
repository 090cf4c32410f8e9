/** A Pod that serves HTTP on port 8080 and logs what it was asked, for Pods that call it. */
import { container, core, type More, pod, podSpec, runPod } from './objects.ts';
import { type Cluster, until } from './suite.ts';

/** The port it listens on. */
export const webPort = 8080;

/** Serves these paths; each request for one is a line of the log. */
const paths = ['/poststart', '/prestop', '/write'];
const script = `mkdir -p /www && cd /www && touch ${paths.map((path) => path.slice(1)).join(' ')} && exec httpd -f -vv -p ${webPort} -h /www`;

/** The Pod once it is Ready. */
export interface WebPod {
  readonly address: string;
  readonly node: string;
  /** Waits until it was asked for this. */
  asked(path: string, seconds?: number): Promise<void>;
}

/** Makes it. */
export async function runWebPod(cluster: Cluster, name = 'web'): Promise<WebPod> {
  const main = container(script, { readinessProbe: { tcpSocket: { port: webPort }, periodSeconds: 1 } });
  const made = await runPod(cluster, pod(name, podSpec(undefined, { containers: [main] })));
  const log = (): Promise<string> => cluster.ok<string>('GET', `${core(cluster, 'pods', name)}/log`);
  return {
    address: made['status'].podIP,
    node: made['spec'].nodeName,
    asked: (path, seconds) => until(async () => (await log()).includes(path), seconds),
  };
}

/** A spec bound to the node of `web`, whose network it shares. */
export const beside = (web: WebPod, spec: More): More => ({ ...spec, nodeName: web.node });
