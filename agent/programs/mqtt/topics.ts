/** Topic filters of MQTT 3.1.1, and what one user may say and hear. Pure. */

/** The longest topic or filter, in characters, and the most levels. */
const longest = 512;
const mostLevels = 16;

/** The filters of one user. */
export interface Rights {
  readonly publish: readonly string[];
  readonly subscribe: readonly string[];
}

/** Topics that nobody has: those of the nodes and of brokers themselves. */
function isReserved(first: string): boolean {
  return first === 'coracle' || first.startsWith('$');
}

/** Why `filter` is no filter that can be given to a user; undefined when it is one. */
function filterFault(filter: string): string | undefined {
  const levels = filter.split('/');
  if (filter === '' || filter.length > longest || levels.length > mostLevels) return 'is empty or too long';
  if (filter.includes('\0')) return 'has a character that topics cannot have';
  // [MQTT-4.7.1-2], [MQTT-4.7.1-3]: wildcards stand alone, and # at the end
  if (levels.some((level, at) => /[#+]/.test(level) && level !== '+' && !(level === '#' && at === levels.length - 1)))
    return 'has a wildcard that does not stand for a level';
  return isReserved(levels[0] ?? '') ? 'is reserved' : undefined;
}

/** The filters in a text of an annotation, parted by commas or white space; `faults` says which were left out. */
export function readFilters(text: string): { filters: string[]; faults: string[] } {
  const filters: string[] = [];
  const faults: string[] = [];
  for (const filter of text.split(/[\s,]+/).filter((one) => one !== '')) {
    const fault = filterFault(filter);
    if (fault === undefined) filters.push(filter);
    else faults.push(`"${filter}" ${fault}`);
  }
  return { filters, faults };
}

/** True when everything `asked` (a topic or a filter) stands for is in what `given` stands for. */
export function covers(given: string, asked: string): boolean {
  const have = given.split('/');
  const want = asked.split('/');
  for (const [at, level] of have.entries()) {
    // [MQTT-4.7.1-2]: the level above # is meant, too
    if (level === '#') return true;
    const other = want[at];
    if (other === undefined || other === '#' || (level !== '+' && level !== other)) return false;
  }
  return want.length === have.length;
}

/** True when a user may publish to `topic`. */
export function mayPublish({ publish }: Rights, topic: string): boolean {
  return !/[#+]/.test(topic) && filterFault(topic) === undefined && publish.some((given) => covers(given, topic));
}

/** True when a user may subscribe to `filter`. */
export function maySubscribe({ subscribe }: Rights, filter: string): boolean {
  if (filterFault(filter) !== undefined) return false;
  // # and + at the beginning never stand for a reserved level: the broker has none
  return subscribe.some((given) => covers(given, filter));
}
