/** Takes every route and device of the cluster out of the kernel. */
import type { IpTool } from './ip-tool.ts';
import { readKernelNetwork } from './kernel-network.ts';
import { routeChanges } from './route-changes.ts';

/** Idempotent. Rejects as IpTool does. */
export async function removeRoutes(tool: IpTool): Promise<void> {
  const none = { routes: [], peers: [], vxlan: undefined, podMtu: 0, refused: [], clash: undefined };
  const { ip } = routeChanges(await readKernelNetwork(tool), none, { id: 0, port: 0 });
  await tool.batch('ip', ip);
}
