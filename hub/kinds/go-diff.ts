/** How two structs differ, laid out as Go's cmp.Diff does: one line a field, with what was and what is. */
import { sameValue } from './field-checks.ts';

/** A JSON name as the field of a Go struct: `hostPath` is `HostPath`. */
const goName = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1);

/** cmp.Diff indents by spaces that do not break, as often as not. */
const kept = '\u00a0';

/** The difference of two objects of a Go type (`core.PodSpec`), with a line break behind it. */
export function goDiff(type: string, before: object, after: object): string {
  const old = before as Record<string, unknown>;
  const now = after as Record<string, unknown>;
  const lines = [`${kept}${kept}${type}{`];
  for (const name of Object.keys({ ...old, ...now })) {
    if (sameValue(old[name], now[name])) continue;
    if (old[name] !== undefined) lines.push(`-${kept}\t${goName(name)}: ${JSON.stringify(old[name])},`);
    if (now[name] !== undefined) lines.push(`+${kept}\t${goName(name)}: ${JSON.stringify(now[name])},`);
  }
  return `${lines.join('\n')}\n${kept}${kept}}\n`;
}
