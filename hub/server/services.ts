/** What the verbs work with. */
import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import type { NodeStreams } from '../api/node-streams.ts';
import type { Authorizer, VirtualResource } from '../auth/auth.ts';
import type { Conformer } from '../kinds/conform.ts';
import type { Protobuf } from '../kinds/protobuf/protobuf.ts';
import type { Schemas } from '../kinds/schema.ts';
import type { Registry } from '../registry/registry.ts';
import type { Aggregation } from './aggregation/aggregation.ts';
import type { Encoder } from './encode.ts';
import type { NodePorts } from './proxy/node-ports.ts';
import type { Upgrades } from './streaming/upgrades.ts';
import type { WatchHub } from './watch/watch-hub.ts';

/** Handed to every verb. */
export interface Services {
  readonly registry: Registry;
  readonly schemas: Schemas;
  readonly conformer: Conformer;
  readonly protobuf: Protobuf;
  readonly authorizer: Authorizer;
  readonly encoder: Encoder;
  readonly watches: WatchHub;
  readonly streams: NodeStreams;
  readonly upgrades: Upgrades;
  readonly ports: NodePorts;
  /** By `group/resource/subresource`. */
  readonly virtuals: ReadonlyMap<string, VirtualResource>;
  /** Groups of other servers; undefined where there is no aggregation. */
  readonly aggregation: Aggregation | undefined;
  readonly clock: Clock;
  readonly log: Log;
}
