/** Takes secrets out of what goes into a report. Pure. */

const gone = '[removed]';

/** What is in the names of fields whose values are secrets, in JSON, YAML and what logs write. */
const secretField =
  /((?:password|passwd|secret|token|private[-_]?key|client[-_]?key[-_]?data|bearer|credential|authorization|cookie|api[-_]?key)[\w.-]{0,64}["']?\s*[:=]\s*)("(?:[^"\\]|\\.)*"|'[^']*'|[^\s,;}\]]+)/gi;

const rules: readonly (readonly [RegExp, string])[] = [
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g, gone],
  // a JSON Web Token
  [/\beyJ[\w-]{8,}\.[\w-]+\.[\w-]*/g, gone],
  // what stands behind HOST:PORT in a join line
  [/(:\d{1,5}\/)[^\s/"']{32,}\/[0-9a-f]{64}\b/g, `$1${gone}`],
  // a bootstrap token
  [/\b[a-z0-9]{6}\.[a-z0-9]{16}\b/g, gone],
  [/(\b[a-z][a-z0-9+.-]*:\/\/)[^\s/@"']+@/gi, `$1${gone}@`],
  [/(\bbearer\s+)[\w.~+/-]{8,}=*/gi, `$1${gone}`],
  // join tokens, and keys in hexadecimal of the same length; longer ones are public hashes
  [/(?<![0-9a-f-])[0-9a-f]{32}(?![0-9a-f-])/g, gone],
];

/** `text` without private keys, tokens, passwords and what is in fields named like them. */
export function redact(text: string): string {
  const plain = rules.reduce((rest, [pattern, by]) => rest.replace(pattern, by), text);
  return plain.replace(secretField, (_all, name: string, value: string) => {
    const quote = /^["']/.exec(value)?.[0] ?? '';
    return `${name}${quote}${gone}${quote}`;
  });
}
