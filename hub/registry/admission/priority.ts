/** Priority: the number behind a priority class name, and at most one default class. */
import type { PriorityClass } from '../../api/class.ts';
import type { Pod } from '../../api/pod.ts';
import { priorityClasses } from '../../api/resource.ts';
import type { AdmissionPlugin, AdmissionRequest } from '../registry.ts';
import { forbid, isPod, type Reader } from './forbid.ts';

interface Priority {
  readonly name: string;
  readonly value: number;
  readonly preemptionPolicy: string;
}

const preempt = 'PreemptLowerPriority';

/** API: these two exist even before anybody made their objects. */
const builtIn: Readonly<Record<string, number>> = {
  'system-node-critical': 2_000_001_000,
  'system-cluster-critical': 2_000_000_000,
};

const priorityOf = (object: PriorityClass): Priority => ({
  name: object.metadata.name ?? '',
  value: object.value ?? 0,
  preemptionPolicy: object.preemptionPolicy ?? preempt,
});

/** The plugin. */
export class PriorityAdmission implements AdmissionPlugin {
  readonly name = 'Priority';
  readonly #reader: Reader;

  constructor(reader: Reader) {
    this.#reader = reader;
  }

  handles(request: AdmissionRequest): boolean {
    if (request.operation !== 'CREATE' && request.operation !== 'UPDATE') return false;
    return isPod(request) || (request.info.resource === 'priorityclasses' && request.subresource === '');
  }

  mutate(request: AdmissionRequest): void {
    if (request.info.resource !== 'pods') return;
    const { spec } = request.object as unknown as Pod;
    if (request.operation === 'UPDATE') {
      const old = (request.old as unknown as Pod).spec;
      if (spec.priority === undefined && old.priority !== undefined) spec.priority = old.priority;
      if (spec.preemptionPolicy === undefined && old.preemptionPolicy !== undefined) {
        spec.preemptionPolicy = old.preemptionPolicy;
      }
      return;
    }
    const priority = this.#of(request, spec.priorityClassName ?? '');
    refuseOther(request, spec.priority, priority.value, 'integer value of priority');
    refuseOther(request, spec.preemptionPolicy, priority.preemptionPolicy, 'string value of PreemptionPolicy');
    if (priority.name !== '') spec.priorityClassName = priority.name;
    spec.priority = priority.value;
    spec.preemptionPolicy = priority.preemptionPolicy;
  }

  validate(request: AdmissionRequest): void {
    if (request.info.resource !== 'priorityclasses') return;
    const object = request.object as unknown as PriorityClass;
    if (object.globalDefault !== true) return;
    const other = this.#defaults().find((one) => one.name !== object.metadata.name);
    if (other === undefined) return;
    throw forbid(request, `PriorityClass ${other.name} is already marked as default. Only one default can exist`);
  }

  #of(request: AdmissionRequest, name: string): Priority {
    if (name === '') return this.#defaults()[0] ?? { name, value: 0, preemptionPolicy: preempt };
    const entry = this.#reader.get(priorityClasses, '', name);
    if (entry !== undefined) return priorityOf(entry.object<PriorityClass>());
    const value = Object.hasOwn(builtIn, name) ? builtIn[name] : undefined;
    if (value === undefined) throw forbid(request, `no PriorityClass with name ${name} was found`);
    return { name, value, preemptionPolicy: preempt };
  }

  /** Default classes, the lowest first. */
  #defaults(): Priority[] {
    const found: Priority[] = [];
    for (const entry of this.#reader.entries(priorityClasses)) {
      const object = entry.object<PriorityClass>();
      if (object.globalDefault === true) found.push(priorityOf(object));
    }
    return found.sort((a, b) => a.value - b.value);
  }
}

function refuseOther<T>(request: AdmissionRequest, given: T | undefined, computed: T, what: string): void {
  if (given === undefined || given === computed) return;
  throw forbid(
    request,
    `the ${what} (${given}) must not be provided in pod spec; priority admission controller computed ${computed} from the given PriorityClass name`,
  );
}
