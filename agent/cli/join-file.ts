/** Joining by a file, at boot or at any time: what to join and as what, and any setting of the agent. */
import { readFile } from 'node:fs/promises';
import { checkAgentSettings } from '../../hub/base/agent-settings.ts';
import { exitCodes, Failure } from './failure.ts';
import { inWords } from './system-words.ts';

/** What a join file says. */
export interface JoinFile {
  /** `HOST:PORT/TOKEN/CAHASH`, from `coracle add-node`. */
  readonly hub: string;
  /** The node's name; undefined: the host name. */
  readonly nodeName?: string;
  /** Settings of the agent, as in configs/agent.yaml. */
  readonly settings: Record<string, unknown>;
}

/** Joining from a file of unusual size is a mistake. */
const sizeLimit = 64 * 1024;

/** Reads a join file. Throws Failure with file and line for what it does not know or understand. */
export async function readJoinFile(file: string): Promise<JoinFile> {
  const { LineCounter, parseDocument } = await import('yaml');
  const text = await readFile(file, 'utf8').catch((error: Error) => {
    throw new Failure(`${file} cannot be read: ${inWords(error)}`, { exitCode: exitCodes.usage, cause: error });
  });
  if (text.length > sizeLimit) fail(file, `has more than ${sizeLimit / 1024} KiB`);
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true, prettyErrors: false });
  const [error] = document.errors;
  if (error !== undefined) fail(`${file}:${lines.linePos(error.pos[0]).line}`, error.message);
  const value: unknown = document.toJS({ maxAliasCount: 0 });
  if (value === null || typeof value !== 'object' || Array.isArray(value)) fail(file, 'is no list of keys and values');
  const { hub, nodeName, ...settings } = value as Record<string, unknown>;
  if (typeof hub !== 'string')
    fail(file, 'has no key "hub": HOST:PORT/TOKEN/CAHASH, from `coracle add-node` on the hub');
  if (nodeName !== undefined && typeof nodeName !== 'string') fail(file, 'key "nodeName" must be a text');
  // key by key, so that what is wrong is named with its line
  for (const key of Object.keys(settings)) {
    try {
      checkAgentSettings({ [key]: settings[key] });
    } catch (wrong) {
      fail(`${file}:${lineOf(text, key)}`, (wrong as Error).message);
    }
  }
  return { hub, settings, ...(nodeName === undefined ? {} : { nodeName }) };
}

/** The line on which a key of the top level stands, from 1. */
function lineOf(text: string, key: string): number {
  return text.split('\n').findIndex((line) => line.startsWith(key) || line.startsWith(`"${key}"`)) + 1;
}

function fail(place: string, what: string): never {
  throw new Failure(`${place}: ${what}`, {
    next: 'the keys are hub, nodeName, and those of configs/agent.yaml',
    exitCode: exitCodes.usage,
  });
}
