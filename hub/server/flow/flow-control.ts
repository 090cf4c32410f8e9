/** Priority and fairness: which flow a request belongs to, whether it may begin, and its wait when it may not. */
import { ApiError } from '../../api/errors.ts';
import type { FlowSchema, PriorityLevelConfiguration } from '../../api/flow-control.ts';
import { bootstrapLevels, bootstrapSchemas, mandatoryNames } from '../../api/flow-control-bootstrap.ts';
import { flowSchemas, priorityLevels } from '../../api/resource.ts';
import type { User } from '../../api/user.ts';
import type { Clock } from '../../base/clock.ts';
import type { Registry } from '../../registry/registry.ts';
import type { Call } from '../call.ts';
import { type Candidate, candidatesOf, type Flow, FlowFigures, flowOf, type Refusal } from './flow.ts';
import { Level } from './level.ts';
import { seatLimits } from './limits.ts';
import { type Asked, isMeant, isSubject } from './match.ts';
import { Seats } from './seats.ts';

/** API: a request waits for a seat for a quarter of its time. */
const waitPart = 4;

/** 429 of a request that found no seat. */
function tooMany(): ApiError {
  return new ApiError('TooManyRequests', 'Too many requests, please try again later.', {
    details: { retryAfterSeconds: 1 },
  });
}

/** What the control is made of. */
export interface FlowControlOptions {
  readonly registry: Pick<Registry, 'entries' | 'subscribe'>;
  /** How many requests may run at once, exempt ones aside. */
  readonly seats: number;
  readonly clock: Clock;
}

/** What a request that must wait is told. */
export interface Turn {
  begin(): void;
  refuse(error: ApiError): void;
}

/**
 * Sorts requests into flows and lets them wait for their turn.
 *
 * INVARIANTS: a request whose level has a free seat costs a look-up by its user and a comparison; every request belongs to
 * a flow, whatever the objects say.
 */
export class FlowControl {
  readonly #options: FlowControlOptions;
  readonly #seats = new Seats();
  readonly #levels = new Map<string, Level>();
  readonly #figures = new Map<string, FlowFigures>();
  #flows: readonly Flow[] = [];
  #candidates: readonly Candidate[] = [];
  #byUser = new WeakMap<User, readonly Candidate[]>();
  #stale = true;
  #ends: (() => void)[] = [];

  constructor(options: FlowControlOptions) {
    this.#options = options;
  }

  /** Follows the objects. */
  start(): void {
    const changed = (): void => {
      this.#stale = true;
      // requests that wait must not wait for the next one to come
      if (this.#seats.waiting > 0) setImmediate(() => this.#refresh());
    };
    this.#ends = [flowSchemas, priorityLevels].map((ref) =>
      this.#options.registry.subscribe(ref, (change) => {
        if (change.type !== 'MODIFIED' || specChanged(change)) changed();
      }),
    );
  }

  stop(): void {
    for (const end of this.#ends.splice(0)) end();
  }

  /** The flow of a request. */
  of(call: Call): Flow {
    if (this.#stale) this.#refresh();
    const { user } = call;
    let mine = this.#byUser.get(user);
    if (mine === undefined) {
      mine = this.#candidates.filter(({ rule }) => rule.subjects.some((subject) => isSubject(subject, user)));
      this.#byUser.set(user, mine);
    }
    let asked: Asked | undefined;
    for (const { flow, rule, always } of mine) {
      if (always) return flow;
      asked ??= askedOf(call);
      if (isMeant(rule, asked)) return flow;
    }
    return this.#flows.at(-1) as Flow;
  }

  /** Lets a request wait until its level has a seat. Throws TooManyRequests when it cannot. */
  wait(call: Call, flow: Flow, turn: Turn): void {
    const { clock } = this.#options;
    const { figures, level } = flow;
    const began = performance.now();
    const ended = (): number => {
      cancel();
      call.res.off('close', gone);
      figures.waiting -= 1;
      return (performance.now() - began) / 1000;
    };
    const place = level.wait(`${flow.name}\n${distinguished(flow, call)}`, {
      begin: () => {
        figures.begunAfter.observe(ended());
        turn.begin();
      },
    });
    if (typeof place === 'string') {
      figures.refuse(place, 0);
      throw tooMany();
    }
    figures.waiting += 1;
    const leave = (why: Refusal): void => {
      place.leave();
      figures.refuse(why, ended());
      turn.refuse(tooMany());
    };
    const gone = (): void => leave('cancelled');
    const cancel = clock.after(call.timeout / waitPart, () => leave('time-out'));
    call.res.on('close', gone);
  }

  /** What metrics tell. */
  get state(): { readonly flows: readonly Flow[]; readonly levels: Iterable<Level> } {
    if (this.#stale) this.#refresh();
    return { flows: this.#flows, levels: this.#levels.values() };
  }

  #refresh(): void {
    this.#stale = false;
    const { registry, seats } = this.#options;
    const levels = withMandatory(
      [...registry.entries(priorityLevels)].map((entry) => entry.object<PriorityLevelConfiguration>()),
      bootstrapLevels,
    );
    const limits = seatLimits(levels, seats);
    const names = new Set(levels.map(({ metadata }) => metadata.name));
    for (const level of this.#levels.values()) {
      // a level that goes serves those who wait in it first
      if (!names.has(level.name) && level.waiting === 0 && level.busy === 0) this.#levels.delete(level.name);
    }
    levels.forEach((object, index) => {
      const { name = '' } = object.metadata;
      let level = this.#levels.get(name);
      if (level === undefined) {
        level = new Level(name, object.spec?.type === 'Exempt', this.#seats);
        this.#levels.set(name, level);
      }
      const its = limits[index];
      if (its !== undefined) level.configure(object, its);
    });
    const schemas = withMandatory(
      [...registry.entries(flowSchemas)].map((entry) => entry.object<FlowSchema>()),
      bootstrapSchemas,
    );
    this.#flows = schemas.sort(byPrecedence).flatMap((schema) => this.#flow(schema));
    this.#candidates = this.#flows.flatMap(candidatesOf);
    this.#byUser = new WeakMap();
    this.#seats.share([...this.#levels.values()], seats);
  }

  /** API: a schema whose level is not there is passed over. */
  #flow(schema: FlowSchema): Flow[] {
    const level = this.#levels.get(schema.spec?.priorityLevelConfiguration.name ?? '');
    if (level === undefined) return [];
    const key = `${schema.metadata.name}\n${level.name}`;
    let figures = this.#figures.get(key);
    if (figures === undefined) {
      figures = new FlowFigures();
      this.#figures.set(key, figures);
    }
    return [flowOf(schema, level, figures)];
  }
}

/** The objects, and the mandatory ones among `known` that are not there. */
function withMandatory<T extends { metadata: { name?: string } }>(objects: T[], known: readonly T[]): T[] {
  const names = new Set(objects.map(({ metadata }) => metadata.name));
  const missing = known.filter(({ metadata: { name = '' } }) => mandatoryNames.has(name) && !names.has(name));
  return [...objects, ...missing];
}

function byPrecedence(a: FlowSchema, b: FlowSchema): number {
  const difference = (a.spec?.matchingPrecedence ?? 0) - (b.spec?.matchingPrecedence ?? 0);
  if (difference !== 0) return difference;
  return (a.metadata.name ?? '') < (b.metadata.name ?? '') ? -1 : 1;
}

/** The status of these objects says nothing about requests. */
function specChanged(change: { entry: { object(): object }; previous: { object(): object } | undefined }): boolean {
  const generation = (entry: { object(): object } | undefined): unknown =>
    (entry?.object() as { metadata?: { generation?: number } } | undefined)?.metadata?.generation;
  return generation(change.entry) !== generation(change.previous);
}

function askedOf(call: Call): Asked {
  const { target, path } = call;
  if (target === undefined) return { verb: call.method.toLowerCase(), group: '', resource: '', namespace: '', path };
  const { group, resource, subresource } = target;
  return {
    verb: call.verb,
    group,
    resource: subresource === '' ? resource : `${resource}/${subresource}`,
    namespace: resource === 'namespaces' && group === '' ? target.name : target.namespace,
    path,
  };
}

function distinguished(flow: Flow, call: Call): string {
  if (flow.by === 'ByUser') return call.user.name;
  return flow.by === 'ByNamespace' ? (call.target?.namespace ?? '') : '';
}
