/** A client that watches as reflectors do: after a break it goes on from its last resourceVersion, after 410 it lists again. */
import type { KubeObject } from '../../hub/api/object.ts';
import type { ApiClient, WatchedEvent, Watching } from './api-client.ts';

/** The watch. */
export class ResumingWatch {
  readonly #client: ApiClient;
  readonly #path: string;
  /** Every event's resourceVersion, in order of arrival. */
  readonly versions: string[] = [];
  /** The newest state of each object, by name. */
  readonly objects = new Map<string, KubeObject>();
  /** How often it had to list again, and how often a connection was resumed. */
  relists = 0;
  resumed = 0;
  #last = '';
  #isStopped = false;
  #current: Watching | undefined;
  readonly #done: Promise<void>;

  /** `path` is a collection's. */
  constructor(client: ApiClient, path: string) {
    this.#client = client;
    this.#path = path;
    this.#done = this.#follow();
  }

  /** The resourceVersion it has seen everything up to. */
  get last(): number {
    return Number(this.#last);
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#current?.close();
    await this.#done;
  }

  async #follow(): Promise<void> {
    while (!this.#isStopped) {
      if (this.#last === '' && !(await this.#list())) {
        await new Promise((resolve) => setTimeout(resolve, 50));
        continue;
      }
      const before = this.versions.length;
      this.#current = this.#client.watch(
        `${this.#path}?watch=true&allowWatchBookmarks=true&resourceVersion=${this.#last}`,
        (event) => this.#take(event),
      );
      await this.#current.ended;
      if (this.versions.length > before) this.resumed += 1;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  async #list(): Promise<boolean> {
    const { status, body } = await this.#client.call('GET', this.#path);
    if (status !== 200) return false;
    this.objects.clear();
    for (const item of body.items as KubeObject[]) this.objects.set(item.metadata.name ?? '', item);
    this.#last = body.metadata.resourceVersion;
    this.relists += 1;
    return true;
  }

  #take({ type, object }: WatchedEvent): void {
    if (type === 'ERROR') {
      this.#last = '';
      this.#current?.close();
      return;
    }
    this.#last = object.metadata.resourceVersion ?? '';
    if (type === 'BOOKMARK') return;
    this.versions.push(this.#last);
    const name = object.metadata.name ?? '';
    if (type === 'DELETED') this.objects.delete(name);
    else this.objects.set(name, object);
  }
}
