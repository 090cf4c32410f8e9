/** Files that may be gone by the time they are looked at. */

/** For `catch`: nothing where nothing is; throws every other error. */
export function ignoreMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code === 'ENOENT') return undefined;
  throw error;
}
