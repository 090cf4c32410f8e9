/** What the system refused about a file or a directory, in words. */

const words: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file or directory',
  EISDIR: 'it is a directory',
  ENOTDIR: 'what stands before the last name is no directory',
  EACCES: 'this user may not',
  EPERM: 'this user may not',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full',
  EEXIST: 'it is there already',
  ENAMETOOLONG: 'the name is too long',
};

/** One clause for an error of the system; the message of any other error. */
export function inWords(error: unknown): string {
  const { code = '', message = String(error) } = error as NodeJS.ErrnoException;
  return words[code] ?? message;
}
