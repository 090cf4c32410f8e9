/** Sending long lists as YAML: an item at a time, because making YAML of all of them at once would keep everybody waiting. */
import type { Call } from '../call.ts';
import { contentTypes } from '../respond.ts';
import { drained, type Frame, type Items, openList } from './list-stream.ts';
import { toYaml } from '../yaml.ts';

/** About how many characters are made in one turn. */
const turn = 32 * 1024;

/** Answers 200 with a list in YAML. Resolves when everything is written or the client went away. */
export async function sendYamlList(call: Call, items: Items, frame: Frame): Promise<void> {
  const shell = JSON.parse(frame.head + frame.tail) as Record<string, unknown>;
  const field = 'rows' in shell ? 'rows' : 'items';
  const { before, after } = around(shell, field);
  const out = openList(call, contentTypes.yaml);
  let text = `${before}${field}:\n`;
  for (let index = 0; index < items.count; index += 1) {
    text += listItem(items, index);
    if (text.length < turn) continue;
    if (call.res.destroyed) return;
    if (!out.write(text)) await drained(out, call.res);
    else await new Promise((resolve) => setImmediate(resolve));
    text = '';
  }
  out.end(text + after);
}

/** The fields before and after the list, which has its place among them by its name. */
function around(shell: Record<string, unknown>, field: string): { before: string; after: string } {
  const some = (wanted: (name: string) => boolean): string => {
    const fields = Object.entries(shell).filter(([name]) => wanted(name));
    return fields.length === 0 ? '' : toYaml(Object.fromEntries(fields));
  };
  return { before: some((name) => name < field), after: some((name) => name > field) };
}

function listItem(items: Items, index: number): string {
  const bytes = items.bytes(index);
  const skipped = items.skip(bytes);
  const json = skipped > 0 ? `{${bytes.toString('utf8', skipped)}` : bytes.toString();
  const lines = toYaml(JSON.parse(json)).trimEnd().split('\n');
  return lines.map((line, at) => (at === 0 ? `- ${line}\n` : line === '' ? '\n' : `  ${line}\n`)).join('');
}
