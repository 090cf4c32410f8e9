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
  // the generator puts an underscore before what is a word of the language
  for (const [, comment = '', field = ''] of source.matchAll(commented))
    texts[field.replace(/^_/, '')] = plain(comment);
  return texts;
}

/** Kinds that are none of the client's: the resource metrics, in this project's own words. */
function metricsTexts(): Descriptions {
  const object = {
    apiVersion: 'The version of the schema this object is written in.',
    kind: 'The kind of this object.',
    metadata: "Standard object's metadata.",
  };
  const measured = {
    timestamp: 'When the window ended that was measured.',
    window: 'How long was measured: usage is the average over it.',
  };
  const usage = 'What was used: cpu in cores, memory in bytes.';
  const texts: Descriptions = {
    ContainerMetrics: { '': 'What one container uses.', name: 'The name of the container in its Pod.', usage },
    NodeMetrics: { '': 'What one node uses.', ...object, ...measured, usage },
    NodeMetricsList: { '': 'What the nodes use.', ...object, items: 'One item for each node that was measured.' },
    PodMetrics: { '': 'What one Pod uses.', ...object, ...measured, containers: 'What each of its containers uses.' },
    PodMetricsList: { '': 'What Pods use.', ...object, items: 'One item for each Pod that was measured.' },
  };
  return Object.fromEntries(
    Object.entries(texts).map(([name, fields]) => [`io.k8s.metrics.pkg.apis.metrics.v1beta1.${name}`, fields]),
  );
}

function collect(folder: string): Descriptions {
  const files = new Set(readdirSync(folder));
  const descriptions: Descriptions = metricsTexts();
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
