/** Writers of ConfigMaps that keep a ledger of what a hub acknowledged, to be compared with what it still has. */
import type { ApiClient } from './api-client.ts';

/** What is known of one object: its value as last acknowledged (undefined: deleted), and what was asked and never answered. */
interface Line {
  acknowledged: string | undefined;
  asked?: { value: string | undefined };
}

const namespace = '/api/v1/namespaces/load/configmaps';

/** The load and its ledger. INVARIANTS: one writer an object; an object with an unanswered request is not written again before `settle`. */
export class WriteLoad {
  readonly #client: ApiClient;
  readonly #chance: () => number;
  readonly #lines = new Map<string, Line>();
  /** The resourceVersion of every acknowledged create and update. */
  readonly versions: string[] = [];
  acknowledged = 0;
  #next = 0;

  constructor(client: ApiClient, chance: () => number) {
    this.#client = client;
    this.#chance = chance;
  }

  /** Writes with `width` writers until each of them met a connection that broke, or a refusal (which throws). */
  async run(width: number): Promise<void> {
    const broken = Array.from({ length: width }, async (_, writer) => {
      while (await this.#write(writer, width));
    });
    await Promise.all(broken);
  }

  /** False when the connection broke. */
  async #write(writer: number, width: number): Promise<boolean> {
    const mine = [...this.#lines].filter(([name, line]) => {
      return Number(name.slice(1)) % width === writer && line.asked === undefined && line.acknowledged !== undefined;
    });
    const dice = this.#chance();
    const [name, line] = mine[Math.floor(this.#chance() * mine.length)] ?? [];
    if (name === undefined || line === undefined || dice < 0.4) return this.#create(writer, width);
    if (dice < 0.9) return this.#send(name, line, 'PATCH', String(Number(line.acknowledged) + 1));
    return this.#send(name, line, 'DELETE', undefined);
  }

  #create(writer: number, width: number): Promise<boolean> {
    const name = `c${this.#next++ * width + writer}`;
    const line: Line = { acknowledged: undefined };
    this.#lines.set(name, line);
    return this.#send(name, line, 'POST', '0');
  }

  async #send(name: string, line: Line, method: string, value: string | undefined): Promise<boolean> {
    line.asked = { value };
    const path = method === 'POST' ? namespace : `${namespace}/${name}`;
    const body =
      value === undefined ? undefined : { ...(method === 'POST' ? { metadata: { name } } : {}), data: { value } };
    const answer = await this.#client.call(method, path, body);
    if (answer.status === 0) return false;
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${JSON.stringify(answer.body)}`);
    line.acknowledged = value;
    delete line.asked;
    this.acknowledged += 1;
    if (value !== undefined) this.versions.push(answer.body.metadata.resourceVersion);
    return true;
  }

  /** Compares with what the hub holds; answers one line for each acknowledged write that is not there, or that nobody made. */
  async settle(): Promise<string[]> {
    const { status, body } = await this.#client.call('GET', namespace);
    if (status !== 200) throw new Error(`list: ${status}`);
    const held = new Map<string, string>();
    for (const { metadata, data } of body.items as { metadata: { name: string }; data: { value: string } }[])
      if (metadata.name.startsWith('c')) held.set(metadata.name, data.value);
    const wrong: string[] = [];
    for (const [name, line] of this.#lines) {
      const value = held.get(name);
      held.delete(name);
      const fits = value === line.acknowledged || (line.asked !== undefined && value === line.asked.value);
      if (!fits) wrong.push(`${name}: acknowledged ${line.acknowledged}, found ${value}`);
      line.acknowledged = value;
      delete line.asked;
    }
    return [...wrong, ...[...held.keys()].map((name) => `${name}: nobody wrote it`)];
  }
}
