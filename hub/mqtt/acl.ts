/** The topic ACL in the form of an external broker: Mosquitto's configuration and ACL file. */
import { clusterFilter, downlinks, hubTopic, nodeTopic, servicesTopic, uplinks } from '../api/topics.ts';
import { nodeUserName } from '../api/user.ts';
import { hubUserName } from './external-broker.ts';

/** A name that could start a line of its own, or another word, must not get into the file. */
const safeName = /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/;

/** Mosquitto's `acl_file` for these nodes: Mosquitto reads it again on SIGHUP. */
export function mosquittoAcl(nodes: Iterable<string>): string {
  const lines = [`user ${hubUserName}`];
  for (const topic of uplinks) lines.push(`topic read ${nodeTopic('+', topic)}`);
  for (const topic of downlinks) lines.push(`topic write ${nodeTopic('+', topic)}`);
  lines.push(`topic write ${servicesTopic}`, `topic write ${hubTopic}`);
  for (const node of nodes) {
    if (!safeName.test(node)) continue;
    lines.push('', `user ${nodeUserName(node)}`);
    for (const topic of uplinks) lines.push(`topic write ${nodeTopic(node, topic)}`);
    for (const topic of downlinks) lines.push(`topic read ${nodeTopic(node, topic)}`);
    lines.push(`topic read ${clusterFilter}`);
  }
  return `${lines.join('\n')}\n`;
}

/** The lines of mosquitto.conf that make a connection be its certificate. Paths are the operator's. */
export function mosquittoConfiguration(options: {
  port: number;
  ca: string;
  cert: string;
  key: string;
  acl: string;
}): string {
  return [
    `listener ${options.port}`,
    `cafile ${options.ca}`,
    `certfile ${options.cert}`,
    `keyfile ${options.key}`,
    'tls_version tlsv1.2',
    'require_certificate true',
    'use_identity_as_username true',
    'use_username_as_clientid true',
    'allow_anonymous false',
    `acl_file ${options.acl}`,
    'persistence false',
    'max_keepalive 300',
    'max_packet_size 1048576',
    'max_queued_messages 1000',
    '',
  ].join('\n');
}
