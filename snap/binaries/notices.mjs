/** What the licences of everything in the binaries ask for: each package's name, version and text, in one file beside them. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The package of npm (its folder below the project) that a bundled file is of; undefined for a source of our own. */
const packageOf = (file) => /(?:^|:)(node_modules\/(?:.*\/node_modules\/)?(?:@[^/]+\/)?[^/]+)\//.exec(file)?.[1];

/** The folders of the packages that `files` are of, each once, in order. */
export const packagesOf = (files) => [...new Set(files.map(packageOf).filter((found) => found !== undefined))].sort();

/** Our own licence and those of `packages`. Throws where a package says nothing of its licence: it may not be given on. */
export function notices(project, packages) {
  const own = `Coracle\n\n${readFileSync(join(project, 'LICENSE'), 'utf8').trimEnd()}\n`;
  return [own, ...packages.map((folder) => notice(project, folder))].join(`\n${'-'.repeat(80)}\n\n`);
}

function notice(project, folder) {
  const directory = join(project, folder);
  const { name, version, license, author } = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'));
  const texts = readdirSync(directory)
    .filter((file) => /^(licen[cs]e|copying|notice)(\.|-|$)/i.test(file))
    .sort()
    .map((file) => readFileSync(join(directory, file), 'utf8').trim());
  if (license === undefined && texts.length === 0) throw new Error(`${name}@${version} names no licence`);
  // the same text for every architecture
  const called = name.replace(/^node-linux-.*/, 'node');
  const by = typeof author === 'object' ? author.name : author;
  const said = texts.length > 0 ? texts : [`${license}${by === undefined ? '' : `, by ${by}`}`];
  return `${called} ${version}\n\n${said.join('\n\n')}\n`;
}
