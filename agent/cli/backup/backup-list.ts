/** What stands at the beginning of a backup. */

/** Its name within the archive; it is the first file. */
export const listName = 'backup.json';

/** The form of archive this program writes and reads. */
export const backupForm = 1;

/** What is in a backup, and by whom it was made. */
export interface BackupList {
  readonly form: number;
  /** Version of Coracle. */
  readonly version: string;
  /** RFC 3339. */
  readonly created: string;
  readonly files: readonly { readonly name: string; readonly size: number; readonly sha256: string }[];
}

/** At most so many files, so that a broken list is no burden. */
const mostFiles = 10_000;

/** Names that stay within the folder they are unpacked in. */
const nameForm = /^(?!\/)(?!.*(?:^|\/)\.\.(?:\/|$))[^\p{Cc}\\]{1,256}$/u;

/** Reads the list; throws an Error that says why it is none, or none for this version. */
export function readBackupList(text: string, version: string): BackupList {
  let list: BackupList;
  try {
    list = JSON.parse(text) as BackupList;
  } catch {
    throw new Error('this is no backup of Coracle');
  }
  const isList =
    typeof list?.version === 'string' &&
    Array.isArray(list.files) &&
    list.files.length <= mostFiles &&
    list.files.every(({ name, size, sha256 }) => nameForm.test(name) && size >= 0 && /^[0-9a-f]{64}$/.test(sha256));
  if (!isList) throw new Error('this is no backup of Coracle, or a damaged one');
  if (list.form !== backupForm || list.version !== version)
    throw new Error(`the backup is of Coracle ${list.version}, and this is ${version}`);
  return list;
}
