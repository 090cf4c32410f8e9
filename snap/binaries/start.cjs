/**
 * What a standalone binary runs first. The binary carries its program as files; they are unpacked once into a directory
 * named after their content, because a native addon must be a file, and so that compiled code can be kept beside them.
 * Then the program that was asked for is imported from there.
 */
'use strict';
const fs = require('node:fs');
const { createRequire, enableCompileCache, flushCompileCache } = require('node:module');
const { homedir, tmpdir } = require('node:os');
const { dirname, join } = require('node:path');
const sea = require('node:sea');

/** @type {{ digest: string, first: string, programs: Record<string, { file: string, flags: string[] }>, files: Record<string, number> }} */
const manifest = JSON.parse(sea.getAsset('manifest.json', 'utf8'));

/** Where the program may lie unpacked: put there by a package, else in a cache. */
function places() {
  const home = process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache');
  const own = process.getuid() === 0 ? '/var/cache' : home;
  return ['/usr/lib/coracle', join(own, 'coracle'), join(tmpdir(), `coracle-${process.getuid()}`)];
}

/** True when nobody but root and this user can have put something into `directory`. */
function isOurs(directory) {
  const found = fs.lstatSync(directory, { throwIfNoEntry: false });
  return found?.isDirectory() === true && [0, process.getuid()].includes(found.uid) && (found.mode & 0o022) === 0;
}

/** Writes all files beside their final place and moves them there in one step, so that a power cut leaves all or nothing. */
function unpack(directory) {
  const beside = `${directory}.${process.pid}`;
  fs.mkdirSync(dirname(directory), { recursive: true, mode: 0o755 });
  if (!isOurs(dirname(directory))) throw new Error(`${dirname(directory)} belongs to somebody else`);
  fs.rmSync(beside, { recursive: true, force: true });
  for (const [name, mode] of Object.entries(manifest.files)) {
    fs.mkdirSync(join(beside, dirname(name)), { recursive: true, mode: 0o755 });
    fs.writeFileSync(join(beside, name), new Uint8Array(sea.getRawAsset(name)), { mode, flush: true });
  }
  try {
    fs.renameSync(beside, directory);
  } catch (error) {
    fs.rmSync(beside, { recursive: true, force: true });
    if (!isOurs(directory)) throw error;
  }
}

/** The directory of the unpacked program. */
function unpacked() {
  const tried = [];
  const directories = places().map((place) => join(place, manifest.digest));
  const there = directories.find(isOurs);
  if (there !== undefined) return there;
  for (const directory of directories.slice(1)) {
    try {
      unpack(directory);
      return directory;
    } catch (error) {
      tried.push(`${directory}: ${error.message}`);
    }
  }
  process.stderr.write(`coracle: there is no place to unpack the program to:\n  ${tried.join('\n  ')}\n`);
  process.exit(1);
}

// what dependencies still use of old Node is nothing to tell a user of a binary
process.noDeprecation = true;
const asked = Object.hasOwn(manifest.programs, process.argv[2] ?? '') ? process.argv[2] : manifest.first;
const program = manifest.programs[asked];
const directory = unpacked();
// a service manager knows nothing of flags: the process becomes itself once more, under those of the program
if (program.flags.length > 0 && process.execArgv.length === 0) {
  const flags = `--node-options=${program.flags.join(' ')}`;
  process.execve(process.execPath, [process.execPath, flags, ...process.argv.slice(2)], process.env);
}
if (asked !== manifest.first) process.argv.splice(2, 1);
enableCompileCache(process.env.NODE_COMPILE_CACHE ?? join(directory, 'compiled'));
const load = createRequire(join(directory, 'import.cjs'));
process.env.CORACLE_NATIVE = join(directory, 'native.node');
if (program.flags.length > 0) setTimeout(settle, 30_000).unref();
load('./import.cjs')(`./${program.file}`);

/**
 * Once a daemon has started. It may run for years and end by a power cut, so what it compiled is kept now; and half of its memory is
 * pages of the binary that only starting needed.
 */
function settle() {
  flushCompileCache();
  load('./native.node').releasePages();
}
