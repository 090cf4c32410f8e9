/** The arrows between rooms, held: who may import whom, no cycles, small files. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Room → rooms it may import. `hub/hub.ts`, its `open-*.ts` and the two `main.ts` wire, so they may import all of their side. */
const hubBelow = ['hub/api', 'hub/base'];
const arrows: Record<string, readonly string[]> = {
  'hub/api': [],
  'hub/base': [],
  'hub/store': hubBelow,
  'hub/cel': ['hub/api'],
  'hub/kinds': ['hub/api', 'hub/cel'],
  'hub/registry': [...hubBelow, 'hub/store', 'hub/kinds'],
  'hub/auth': [...hubBelow, 'hub/registry'],
  'hub/server': [...hubBelow, 'hub/registry', 'hub/kinds', 'hub/auth'],
  'hub/webhook': [...hubBelow, 'hub/registry'],
  'hub/scheduler': [...hubBelow, 'hub/registry'],
  'hub/controllers': [...hubBelow, 'hub/registry'],
  'hub/mqtt': [...hubBelow, 'hub/registry', 'hub/auth'],
  'hub/join': [...hubBelow, 'hub/registry', 'hub/auth'],
  'hub/addons': [...hubBelow, 'hub/registry'],
  'hub/dashboard': [...hubBelow, 'hub/registry'],
};

/** In the agent a room sees its neighbours only through these files, the contracts. */
const agentContracts = [
  'agent/link/link.ts',
  'agent/link/join-client.ts',
  'agent/link/hub-probe.ts',
  'agent/state/held.ts',
  'agent/state/checkpoints.ts',
  'agent/state/tokens.ts',
  'agent/runtime/runtime.ts',
  'agent/runtime/cri-socket.ts',
  'agent/runtime/container.ts',
  'agent/runtime/sandbox.ts',
  'agent/runtime/image.ts',
  'agent/dns/dns.ts',
  'agent/dns/link.ts',
  'agent/network/network.ts',
  'agent/network/remove-network.ts',
  'agent/volumes/volumes.ts',
  'agent/volumes/mount-table.ts',
  'agent/probes/probe.ts',
];

const longest = 400;
const wiring = new Set([
  'hub/hub.ts',
  'hub/open-access.ts',
  'hub/open-addons.ts',
  'hub/open-audit.ts',
  'hub/open-broker.ts',
  'hub/open-control.ts',
  'hub/open-objects.ts',
  'hub/open-server.ts',
  'hub/open-store.ts',
  'hub/main.ts',
  'agent/agent.ts',
  'agent/main.ts',
]);

interface Import {
  from: string;
  to: string;
  /** Nothing of it is there when the program runs. */
  typeOnly: boolean;
}

function sources(folder: string): string[] {
  const entries = readdirSync(join(root, folder), { withFileTypes: true });
  return entries.flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return sources(path);
    return /\.(ts|mjs)$/.test(entry.name) ? [path] : [];
  });
}

function importsOf(file: string): Import[] {
  const text = readFileSync(join(root, file), 'utf8');
  const pattern =
    /(?:^|\n)\s*(?:import|export)\b[^;'"]*?\bfrom\s*['"](\.[^'"]+)['"]|\bimport\(\s*['"](\.[^'"]+)['"]\s*\)|(?:^|\n)\s*import\s*['"](\.[^'"]+)['"]/g;
  return [...text.matchAll(pattern)].map((match) => ({
    from: file,
    typeOnly: /^\s*(import|export) type\b/.test(match[0]),
    to: relative(root, resolve(root, dirname(file), match[1] ?? match[2] ?? match[3] ?? '')),
  }));
}

/** `hub/api/pod.ts` is in `hub/api`; `hub/hub.ts` is in `hub`. */
function room(file: string): string {
  const parts = file.split('/');
  return parts.length > 2 ? `${parts[0]}/${parts[1]}` : (parts[0] ?? '');
}

const files = [...sources('hub'), ...sources('agent')];
const imports = files.flatMap(importsOf);
const tests = sources('test');

interface Export {
  file: string;
  name: string;
  /** Named because something exported has it, so nobody has to import it. */
  isType: boolean;
  isDocumented: boolean;
}

/** Files that somebody imports as a whole. */
function importedWhole(): Set<string> {
  const pattern = /import \* as \w+ from '(\.[^']+)'/g;
  const targets = files.flatMap((file) =>
    [...readFileSync(join(root, file), 'utf8').matchAll(pattern)].map(([, to = '']) =>
      relative(root, resolve(root, dirname(file), to)),
    ),
  );
  return new Set(targets);
}

/** Names in the braces of every import, and what is taken from a module that is loaded when it is needed. */
function importedNames(): Set<string> {
  const names = new Set<string>();
  const braces = /(?:import|export)\s+(?:type\s+)?\{([^}]*)\}\s*from|(?:const|let)\s*\{([^}]*)\}\s*=\s*await import\(/g;
  for (const file of [...files, ...tests, ...sources('snap')]) {
    const text = readFileSync(join(root, file), 'utf8');
    for (const [, fixed = '', lazy = ''] of text.matchAll(braces))
      for (const one of `${fixed},${lazy}`.split(','))
        names.add(
          one
            .trim()
            .replace(/^type /, '')
            .split(/ as |:/)[0] ?? '',
        );
    for (const [, name = ''] of text.matchAll(/\bimport\('[^']+'\)\)?(?:\.then\(\(\w+\) => \w+)?\.(\w+)/g))
      names.add(name);
  }
  return names;
}

/** What a file exports. What stands together without an empty line shares the words above the first. */
function exportsOf(file: string): Export[] {
  const lines = readFileSync(join(root, file), 'utf8').split('\n');
  return lines.flatMap((line, index) => {
    const [, what, name] = /^export (?:async )?(const|function\*?|class|interface|type) (\w+)/.exec(line) ?? [];
    if (what === undefined || name === undefined) return [];
    const above = lines.slice(lines.lastIndexOf('', index) + 1, index);
    const isDocumented = above.some((one) => one.endsWith('*/'));
    return [{ file, name, isType: what === 'interface' || what === 'type', isDocumented }];
  });
}

function refusal({ from, to, typeOnly }: Import): string | undefined {
  const [source, target] = [room(from), room(to)];
  if (to.startsWith('test/')) return 'nothing imports test';
  if (source === target) return undefined;
  if (from.startsWith('hub/')) {
    if (!to.startsWith('hub/')) return 'the hub never imports the agent';
    if (wiring.has(from)) return undefined;
    return arrows[source]?.includes(target) ? undefined : `${source} may not import ${target}`;
  }
  if (to.startsWith('hub/')) {
    return hubBelow.includes(target) ? undefined : 'the agent imports only hub/api and hub/base of the hub';
  }
  if (typeOnly || wiring.has(from) || agentContracts.includes(to)) return undefined;
  if (source === 'agent') return undefined;
  return `${source} sees ${target} only through its contract`;
}

function cycle(): string[] | undefined {
  const edges = new Map<string, string[]>();
  for (const { from, to } of imports) edges.set(from, [...(edges.get(from) ?? []), to]);
  const done = new Set<string>();
  const path: string[] = [];
  const visit = (file: string): string[] | undefined => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file];
    if (done.has(file)) return undefined;
    path.push(file);
    for (const next of edges.get(file) ?? []) {
      const found = visit(next);
      if (found !== undefined) return found;
    }
    path.pop();
    done.add(file);
    return undefined;
  };
  for (const file of edges.keys()) {
    const found = visit(file);
    if (found !== undefined) return found;
  }
  return undefined;
}

describe('layout', () => {
  it('has only arrows that are allowed', () => {
    const wrong = imports.flatMap((one) => {
      const why = refusal(one);
      return why === undefined ? [] : [`${one.from} → ${one.to}: ${why}`];
    });
    assert.deepEqual(wrong, []);
  });

  it('has no import cycle', () => {
    assert.equal(cycle()?.join(' → '), undefined);
  });

  it('has no room that nobody declared', () => {
    const rooms = new Set(files.filter((file) => file.startsWith('hub/')).map(room));
    rooms.delete('hub');
    assert.deepEqual(
      [...rooms].filter((one) => arrows[one] === undefined),
      [],
    );
  });

  it(`has no file above ${longest} lines, and begins each with a sentence that says what it is`, () => {
    const lines = (file: string): string[] => readFileSync(join(root, file), 'utf8').split('\n');
    assert.deepEqual(
      [...files, ...tests].filter((file) => lines(file).length > longest + 1),
      [],
    );
    const wordless = files.filter((file) => !/^(#!.*\n)?\/\*\*/.test(readFileSync(join(root, file), 'utf8')));
    assert.deepEqual(wordless, []);
  });

  it('exports what somebody imports, and says what it is', () => {
    const exported = files.flatMap(exportsOf);
    assert.ok(exported.length > 3000, `only ${exported.length} exports were found`);
    const [names, whole] = [importedNames(), importedWhole()];
    const words = ({ file, name }: Export): string => `${file}: ${name}`;
    const unused = exported.filter(({ file, name, isType }) => !isType && !names.has(name) && !whole.has(file));
    assert.deepEqual(unused.map(words), []);
    assert.deepEqual(exported.filter(({ isDocumented }) => !isDocumented).map(words), []);
  });

  it('has small files: the median is at most 130 lines', () => {
    const sizes = files.map((file) => readFileSync(join(root, file), 'utf8').split('\n').length).sort((a, b) => a - b);
    assert.ok((sizes[sizes.length >> 1] ?? 0) <= 130);
  });
});
