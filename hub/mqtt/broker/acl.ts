/** The topic ACL in the form of an external broker: Mosquitto's configuration and ACL file. */
import {
  clusterFilter,
  downlinks,
  hubTopic,
  identityTopic,
  servicesTopic,
  uplinkFilters,
  uplinks,
} from '../../api/topics.ts';
import { hubUserName } from './broker-place.ts';

/** Mosquitto's `acl_file`. `%u` is the name in the client's certificate, so it stays as it is when nodes come and go. */
export const mosquittoAcl = [
  `user ${hubUserName}`,
  ...uplinkFilters.map((filter) => `topic read ${filter}`),
  ...downlinks.map((topic) => `topic write ${identityTopic('+', topic)}`),
  `topic write ${servicesTopic}`,
  `topic write ${hubTopic}`,
  '',
  ...uplinks.map((topic) => `pattern write ${identityTopic('%u', topic)}`),
  ...downlinks.map((topic) => `pattern read ${identityTopic('%u', topic)}`),
  `pattern read ${clusterFilter}`,
  '',
].join('\n');

/** Where the files of a listener are on the broker's machine. */
export interface ListenerFiles {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
  readonly acl: string;
}

/** The lines of mosquitto.conf that make a connection be its certificate. */
export function mosquittoConfiguration(options: { port: number; files: ListenerFiles }): string {
  const { port, files } = options;
  return [
    `listener ${port}`,
    `cafile ${files.ca}`,
    `certfile ${files.cert}`,
    `keyfile ${files.key}`,
    'require_certificate true',
    'use_identity_as_username true',
    'use_username_as_clientid true',
    'allow_anonymous false',
    `acl_file ${files.acl}`,
    'max_keepalive 300',
    'max_packet_size 1048576',
    'max_queued_messages 1000',
    '',
  ].join('\n');
}
