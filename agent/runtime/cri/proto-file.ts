/** Reads a file of the Protocol Buffers language, as much of it as ours use: messages, enumerations, services, one level of nesting. */

/** One field of a message, by its name in this program. */
export interface Field {
  readonly name: string;
  readonly number: number;
  readonly kind: 'string' | 'bytes' | 'bool' | 'number' | 'enum' | 'message' | 'map';
  readonly repeated: boolean;
  /** Of a message or an enumeration. */
  readonly type: string;
}

/** One call of a service. */
export interface Call {
  readonly path: string;
  readonly request: string;
  readonly response: string;
}

/** What a file says. */
export interface ProtoFile {
  /** Fields of each message. */
  readonly messages: ReadonlyMap<string, readonly Field[]>;
  /** Names of each enumeration's values. */
  readonly enums: ReadonlyMap<string, ReadonlyMap<string, number>>;
  readonly calls: ReadonlyMap<string, Call>;
}

const scalars: Readonly<Record<string, Field['kind']>> = {
  ...{ string: 'string', bytes: 'bytes', bool: 'bool' },
  ...{ int32: 'number', int64: 'number', uint32: 'number', uint64: 'number' },
};

const camel = (name: string): string => name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());

/** Parses it. Throws at the first line it does not understand. */
export function parseProto(text: string): ProtoFile {
  const messages = new Map<string, Field[]>();
  const enums = new Map<string, Map<string, number>>();
  const calls = new Map<string, Call>();
  let root = '';
  const open: { what: string; name: string }[] = [];
  const begin = (what: string, name: string): void => {
    if (what === 'message') messages.set(name, []);
    if (what === 'enum') enums.set(name, new Map());
    open.push({ what, name });
  };
  const statement = (line: string): void => {
    const { what = '', name = '' } = open.at(-1) ?? {};
    if (what === 'message') messages.get(name)?.push(field(line));
    else if (what === 'enum') enums.get(name)?.set(...enumValue(line));
    else if (what === 'service') calls.set(...call(line, `/${root}.${name}`));
    else root = /^package (\S+);$/.exec(line)?.[1] ?? root;
  };
  for (const line of text.split('\n').map((each) => each.replace(/\/\/.*/, '').trim())) {
    const opening = /^(message|enum|service) (\w+) \{/.exec(line);
    if (opening !== null) begin(opening[1] ?? '', opening[2] ?? '');
    else if (line !== '' && line !== '}') statement(line);
    if (line.endsWith('}')) open.pop();
  }
  return { messages: withEnums(messages, enums), enums, calls };
}

const strange = (line: string): Error => new Error(`this is no line of a proto file: ${line}`);

function call(line: string, service: string): [string, Call] {
  const [, name, request, response] = /^rpc (\w+)\((\w+)\) returns \((?:stream )?(\w+)\);$/.exec(line) ?? [];
  if (name === undefined || request === undefined || response === undefined) throw strange(line);
  return [name, { path: `${service}/${name}`, request, response }];
}

function enumValue(line: string): [string, number] {
  const [, name, number] = /^(\w+) = (\d+);$/.exec(line) ?? [];
  if (name === undefined) throw strange(line);
  return [name, Number(number)];
}

function field(line: string): Field {
  const [, repeated, type, name, number] = /^(repeated )?(map<string, string>|\w+) (\w+) = (\d+);$/.exec(line) ?? [];
  if (type === undefined || name === undefined) throw strange(line);
  const kind = type.startsWith('map') ? 'map' : (scalars[type] ?? 'message');
  return { name: camel(name), number: Number(number), kind, repeated: repeated !== undefined, type };
}

/** A type is known to be an enumeration only once the whole file is read. */
function withEnums(
  messages: ReadonlyMap<string, readonly Field[]>,
  enums: ReadonlyMap<string, unknown>,
): Map<string, readonly Field[]> {
  const told = (each: Field): Field => (enums.has(each.type) ? { ...each, kind: 'enum' } : each);
  return new Map([...messages].map(([name, fields]) => [name, fields.map(told)]));
}
