/** Who may connect: users from Secrets of the addon's namespace, followed as they change. */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { KubeObject } from '../../../hub/api/object.ts';
import type { ProgramContext } from '../client/program.ts';
import { Mirror } from '../client/mirror.ts';
import { readFilters, type Rights } from './topics.ts';

/** On Secrets of type kubernetes.io/basic-auth that are users. */
const userLabel = 'mqtt.coracle.io/user';

/** On them: the filters of topics, parted by commas. */
const publishAnnotation = 'mqtt.coracle.io/publish';
const subscribeAnnotation = 'mqtt.coracle.io/subscribe';

/** A user as the broker knows it; the password is not kept. */
export interface MqttUser extends Rights {
  readonly name: string;
  readonly passwordHash: Buffer;
  /** What of the annotations was left out, and why. */
  readonly faults: readonly string[];
}

const hashOf = (password: Buffer): Buffer => createHash('sha256').update(password).digest();

/** The user a Secret stands for; undefined when it names none or has no password. */
export function userOf(secret: KubeObject): MqttUser | undefined {
  const { username = '', password = '' } = (secret['data'] ?? {}) as { username?: string; password?: string };
  const name = Buffer.from(username, 'base64').toString();
  const word = Buffer.from(password, 'base64');
  if (name === '' || word.length === 0) return undefined;
  const { annotations = {} } = secret.metadata;
  const publish = readFilters(annotations[publishAnnotation] ?? '');
  const subscribe = readFilters(annotations[subscribeAnnotation] ?? '');
  return {
    name,
    passwordHash: hashOf(word),
    publish: publish.filters,
    subscribe: subscribe.filters,
    faults: [...publish.faults, ...subscribe.faults],
  };
}

/** True for the user's password. */
export function isPassword(user: MqttUser, password: Buffer): boolean {
  return timingSafeEqual(user.passwordHash, hashOf(password));
}

type Kept = KubeObject & { user?: MqttUser };

/** The users as they are now. */
export class Users {
  readonly #mirror: Mirror<Kept>;
  #byName = new Map<string, MqttUser>();
  /** Names that two Secrets claim belong to nobody. */
  readonly #changed: (names: readonly string[]) => void;

  /** `changed` is told whose rights or passwords are not what they were. */
  constructor(context: ProgramContext, changed: (names: readonly string[]) => void) {
    const { client, log } = context;
    this.#changed = changed;
    this.#mirror = new Mirror<Kept>({
      ...context,
      path: `/api/v1/namespaces/${client.namespace}/secrets`,
      labelSelector: `${userLabel}=true`,
      keep: (secret) => {
        const user = userOf(secret);
        const { apiVersion, kind, metadata } = secret;
        if (user === undefined) log.warn({ secret: metadata.name }, 'a user without username or password is left out');
        for (const fault of user?.faults ?? []) log.warn({ secret: metadata.name }, `a filter is left out: ${fault}`);
        const { name = '', namespace = '', resourceVersion = '' } = metadata;
        return {
          apiVersion,
          kind,
          metadata: { name, namespace, resourceVersion },
          ...(user === undefined ? {} : { user }),
        };
      },
      changed: () => this.#build(),
    });
  }

  start(): void {
    this.#mirror.start();
  }

  stop(): Promise<void> {
    return this.#mirror.stop();
  }

  get(name: string): MqttUser | undefined {
    return this.#byName.get(name);
  }

  #build(): void {
    const before = this.#byName;
    const claimed = new Map<string, MqttUser | undefined>();
    for (const { user } of this.#mirror.objects.values())
      if (user !== undefined) claimed.set(user.name, claimed.has(user.name) ? undefined : user);
    this.#byName = new Map([...claimed].filter((one): one is [string, MqttUser] => one[1] !== undefined));
    const changed = [...before].filter(([name, user]) => this.#byName.get(name) !== user).map(([name]) => name);
    if (changed.length > 0) this.#changed(changed);
  }
}
