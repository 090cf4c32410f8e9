/** What is refused before it is carried to a machine that has no network to get another. */
import { execFileSync } from 'node:child_process';
import { closeSync, existsSync, openSync, readSync } from 'node:fs';
import { basename } from 'node:path';

/** A file that was given and cannot be taken; the message names it and says why. */
export class WrongFile extends Error {}

/** `e_machine` of an ELF file (elf.h), by Debian's name of the architecture. */
const machines = { amd64: 62, arm64: 183 };

/** Throws unless `file` is a Debian package for the architecture, or for all. */
export function checkPackage(file, architecture) {
  requireFile(file);
  const found = quietly('dpkg-deb', ['--field', file, 'Architecture'])?.trim();
  if (found === undefined) throw new WrongFile(`${file} is no Debian package`);
  if (found !== 'all' && found !== architecture.debian)
    throw new WrongFile(`${file} is for ${found}, and the bundle for ${architecture.debian}`);
}

/** Throws unless `file` is a program of the architecture. */
export function checkKubectl(file, architecture) {
  requireFile(file);
  const start = Buffer.alloc(20);
  const opened = openSync(file, 'r');
  readSync(opened, start, 0, start.length, 0);
  closeSync(opened);
  const isProgram = start.readUInt32BE(0) === 0x7f454c46;
  if (!isProgram || start.readUInt16LE(18) !== machines[architecture.debian])
    throw new WrongFile(`${file} is no program for ${architecture.debian}`);
}

/** Throws unless `file` is an archive of images: an OCI layout, or what `docker save` writes. */
export function checkImage(file) {
  requireFile(file);
  const names = quietly('tar', ['-tf', file])?.split('\n') ?? [];
  if (!names.some((name) => /^(\.\/)?(index|manifest)\.json$/.test(name)))
    throw new WrongFile(`${file} is no archive of images (docker save, coracle images export)`);
}

function requireFile(file) {
  if (!existsSync(file)) throw new WrongFile(`${file} is not there`);
  // it becomes a line of SHA256SUMS and a word of install.sh
  if (!/^[A-Za-z0-9][\w.+~%:-]*$/.test(basename(file)))
    throw new WrongFile(`"${basename(file)}": a file in a bundle has letters, digits and _ . + ~ % : - in its name only`);
}

function quietly(program, args) {
  try {
    return execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'], maxBuffer: 2 ** 26 });
  } catch {
    return undefined;
  }
}
