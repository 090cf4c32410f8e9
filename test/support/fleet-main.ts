/** The process of a simulated fleet: `fleet-main.ts JSON`. Joins through the real endpoint, then answers over IPC. */
import { join as joinPath } from 'node:path';
import { brokerUrl, type LinkIdentity } from '../../agent/link/identity.ts';
import { join } from '../../agent/link/join-client.ts';
import { parseJoinTarget } from '../../hub/api/join.ts';
import { systemClock } from '../../hub/base/clock.ts';
import { createFleet, type HollowNode } from './fleet.ts';
import type { FleetAnswer, FleetPlan, RunningContainer } from './fleet-process.ts';

const plan = JSON.parse(process.argv[2] ?? '{}') as FleetPlan;
const target = parseJoinTarget(plan.joinUrl);

/** How often a node asks whose hub does not answer: on a disk that is written to by others a commit can take long. */
const tries = 3;

async function joined(node: string): Promise<LinkIdentity> {
  for (let left = tries; ; left -= 1) {
    try {
      return await join({ target, node, directory: joinPath(plan.dir, node), clock: systemClock });
    } catch (error) {
      if (left === 1) throw error;
    }
  }
}

const nodes: HollowNode[] = [];
let url = '';
for (const name of plan.nodes) {
  const identity = await joined(name);
  url = brokerUrl(identity);
  nodes.push({ name, identity: { ca: identity.ca, cert: identity.certificate, key: identity.key } });
}
const runtime = plan.startDelay === undefined ? {} : { startDelay: plan.startDelay };
const fleet = createFleet({ nodes, url, joinPort: target.port, runtime });
await fleet.start();

async function running(): Promise<RunningContainer[]> {
  const found: RunningContainer[] = [];
  for (const { name: node, runtime: one } of fleet.agents) {
    for (const { pod, name, attempt, state } of (await one.list()).containers)
      if (state === 'running') found.push({ node, uid: pod.uid, pod: pod.name, container: name, attempt });
  }
  return found;
}

const tell = (answer: FleetAnswer): void => void process.send?.(answer);
process.on('message', () => void running().then((containers) => tell({ containers })));
process.on('disconnect', () => process.exit());
tell({ containers: [] });
