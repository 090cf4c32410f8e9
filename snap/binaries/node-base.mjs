/** The Node that becomes a binary, for an architecture: npm's package at the version this project runs on. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Puts Node for `architecture`, without its symbol table, into `directory` and returns its path. The package of this machine is
 * installed; npm skips those of others, so they are fetched, and compared with what package-lock.json holds them to.
 */
export function nodeBase({ project, architecture, directory }) {
  const name = `node-linux-${architecture.npm}`;
  const base = join(directory, `node-${architecture.npm}`);
  mkdirSync(directory, { recursive: true });
  const installed = join(project, 'node_modules', name, 'bin', 'node');
  cpSync(existsSync(installed) ? installed : fetched({ project, name, directory }), base);
  execFileSync(`${architecture.tools}-strip`, [base]);
  return base;
}

function fetched({ project, name, directory }) {
  const lock = JSON.parse(readFileSync(join(project, 'package-lock.json'), 'utf8'));
  const { version, integrity } = lock.packages[`node_modules/${name}`];
  const archive = join(directory, `${name}-${version}.tgz`);
  if (!existsSync(archive))
    execFileSync('npm', ['pack', `${name}@${version}`, '--silent', '--pack-destination', directory], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
  const digest = `sha512-${createHash('sha512').update(readFileSync(archive)).digest('base64')}`;
  if (digest !== integrity) throw new Error(`${name}@${version} is not what package-lock.json holds it to`);
  const target = join(directory, name);
  mkdirSync(target, { recursive: true });
  execFileSync('tar', ['-xzf', archive, '-C', target, 'package/bin/node']);
  return join(target, 'package', 'bin', 'node');
}
