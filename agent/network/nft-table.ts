/** A table of packet rules as data, and the nft commands that make it, or lead from one state of it to another. Pure. */

/** A named set or map. */
export interface NftSet {
  /** What it holds and how: `type ipv4_addr; flags interval;`. A set whose elements the kernel adds has none here. */
  readonly spec: string;
  readonly kind: 'set' | 'map';
  /** Key → what a map leads to; '' in a set. */
  readonly elements: ReadonlyMap<string, string>;
}

/** A chain. */
export interface NftChain {
  /** `type nat hook output priority -100;`; undefined for one that is jumped to. */
  readonly hook?: string;
  readonly rules: readonly string[];
}

/** A table. Names of sets and chains are unique each; sets never change their spec under one name. */
export interface NftTable {
  readonly family: 'inet' | 'ip' | 'ip6';
  readonly name: string;
  readonly sets: ReadonlyMap<string, NftSet>;
  readonly chains: ReadonlyMap<string, NftChain>;
}

/** The way from one state to another. */
export interface NftDifference {
  /** '' when there is none. */
  readonly commands: string;
  /**
   * Chains nothing leads to any more, emptied by the commands. They are to be deleted by a later transaction: kernels
   * before 6.2 take a chain for used for a moment after the last element that leads to it has gone.
   */
  readonly stale: readonly string[];
}

/** Elements in one command: a line stays readable for nft's messages. */
const batch = 1000;

const named = ({ family, name }: NftTable): string => `${family} ${name}`;

/** Commands that make the table as it is here, whatever was there; sets that are still wanted have the elements of `added` too. */
export function replaceTable(table: NftTable, added: ReadonlyMap<string, readonly string[]> = new Map()): string {
  const where = named(table);
  const empty = { ...table, sets: new Map(), chains: new Map() };
  const again = [...added].flatMap(([set, elements]) =>
    table.sets.has(set) ? elementCommands('add', `${where} ${set}`, elements) : [],
  );
  const lines = [`add table ${where}`, `delete table ${where}`, `add table ${where}`];
  const text = (commands: readonly string[]): string => commands.map((line) => `${line}\n`).join('');
  return `${text(lines)}${tableDifference(empty, table).commands}${text(again)}`;
}

/** Commands that remove tables, whether they are there or not. */
export const removeTables = (tables: readonly { family: string; name: string }[]): string =>
  tables.map(({ family, name }) => `add table ${family} ${name}\ndelete table ${family} ${name}\n`).join('');

/** Commands that delete chains, whether they are there or not. */
export const deleteChains = (table: NftTable, chains: readonly string[]): string =>
  chains.map((chain) => `add chain ${named(table)} ${chain}\ndelete chain ${named(table)} ${chain}\n`).join('');

/** What to do to get from `before` to `after`, both of one table. */
export function tableDifference(before: NftTable, after: NftTable): NftDifference {
  const where = named(after);
  const declarations: string[] = [];
  const withdrawals: string[] = [];
  const rules: string[] = [];
  const additions: string[] = [];
  const endings: string[] = [];
  for (const [name, set] of after.sets) {
    const old = before.sets.get(name);
    if (old === undefined) declarations.push(`add ${set.kind} ${where} ${name} { ${set.spec} }`);
    if (old?.elements === set.elements) continue;
    const changed = (key: string, value: string): boolean => set.elements.get(key) !== value;
    const gone = [...(old?.elements ?? [])].filter(([key, value]) => changed(key, value)).map(([key]) => key);
    const come = [...set.elements].filter(([key, value]) => old?.elements.get(key) !== value);
    withdrawals.push(...elementCommands('delete', `${where} ${name}`, gone));
    const texts = come.map(([key, value]) => (value === '' ? key : `${key} : ${value}`));
    additions.push(...elementCommands('add', `${where} ${name}`, texts));
  }
  for (const [name, set] of before.sets) if (!after.sets.has(name)) endings.push(`delete ${set.kind} ${where} ${name}`);
  for (const [name, chain] of after.chains) {
    const old = before.chains.get(name);
    if (old === undefined)
      declarations.push(`add chain ${where} ${name}${chain.hook === undefined ? '' : ` { ${chain.hook} }`}`);
    if (old !== undefined && sameRules(old.rules, chain.rules)) continue;
    rules.push(`flush chain ${where} ${name}`, ...chain.rules.map((rule) => `add rule ${where} ${name} ${rule}`));
  }
  const stale = [...before.chains.keys()].filter((name) => !after.chains.has(name));
  rules.push(...stale.map((name) => `flush chain ${where} ${name}`));
  const lines = [...declarations, ...withdrawals, ...rules, ...additions, ...endings];
  return { commands: lines.map((line) => `${line}\n`).join(''), stale };
}

function elementCommands(verb: 'add' | 'delete', set: string, elements: readonly string[]): string[] {
  const commands: string[] = [];
  for (let at = 0; at < elements.length; at += batch)
    commands.push(`${verb} element ${set} { ${elements.slice(at, at + batch).join(', ')} }`);
  return commands;
}

const sameRules = (one: readonly string[], other: readonly string[]): boolean =>
  one === other || (one.length === other.length && one.every((rule, at) => rule === other[at]));
