/** What fields and types mean, for `kubectl explain`; made by a build step and absent without it. */
import { gunzipSync } from 'node:zlib';
import { readOptionalData } from './data-file.ts';

/** Texts by type, then by field; the type's own is under ''. */
export type Descriptions = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** Reads the texts anew: about a megabyte that nobody should keep. Empty when they were not built. */
export function readDescriptions(): Descriptions {
  const packed = readOptionalData('descriptions.json.gz');
  return packed === undefined ? {} : (JSON.parse(gunzipSync(packed).toString('utf8')) as Descriptions);
}
