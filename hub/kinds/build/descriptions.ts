/** Build step: collects what the models of the Kubernetes client say of types and fields into `data/descriptions.json.gz`. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { loadSchemas } from '../load-schemas.ts';

/** Text of a type under '', of its fields under their names. */
type Descriptions = Record<string, Record<string, string>>;

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** Names a model of a schema type may have: with the group where a bare one would be ambiguous. */
function modelNames(type: string): string[] {
  const parts = type.split('.');
  const name = parts.at(-1) ?? '';
  const version = capital(parts.at(-2) ?? '');
  const group = capital(parts.at(-3) ?? '');
  return [`${group}${version}${name}`, `${version}${name}`];
}

/** A comment's text: one line, without the escapes of the generator. */
function plain(comment: string): string {
  return comment
    .replace(/^\s*\*\s?/gm, '')
    .replace(/\\(['"`])/g, '$1')
    .trim();
}

/** Reads the comments of one model: that of the class, and those of its fields. */
function readModel(source: string): Record<string, string> {
  const texts: Record<string, string> = {};
  const commented = /\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s*(?:export declare class \w+|'([^']+)'\??:)/g;
  for (const [, comment = '', field = ''] of source.matchAll(commented)) texts[field] = plain(comment);
  return texts;
}

function collect(folder: string): Descriptions {
  const files = new Set(readdirSync(folder));
  const descriptions: Descriptions = {};
  for (const type of loadSchemas().names()) {
    const model = modelNames(type).find((name) => files.has(`${name}.d.ts`));
    if (model !== undefined) descriptions[type] = readModel(readFileSync(join(folder, `${model}.d.ts`), 'utf8'));
  }
  return descriptions;
}

const entry = createRequire(import.meta.url).resolve('@kubernetes/client-node');
const descriptions = collect(join(dirname(entry), 'gen', 'models'));
const target = fileURLToPath(new URL('../data/descriptions.json.gz', import.meta.url));
const packed = gzipSync(JSON.stringify(descriptions), { level: 9 });
writeFileSync(target, packed);
process.stdout.write(`described ${Object.keys(descriptions).length} types in ${packed.length} bytes\n`);
