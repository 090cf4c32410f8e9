/** Access modes of volumes and claims. */
import { type FieldError, forbiddenField, notSupported } from '../../api/field-error.ts';

const known = ['ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOnce', 'ReadWriteOncePod'];
const single = 'ReadWriteOncePod';

/** API: the mode for one Pod alone goes with no other. */
export function validateAccessModes(modes: readonly string[], path: string, errors: FieldError[]): void {
  for (const mode of modes) if (!known.includes(mode)) errors.push(notSupported(path, mode, known));
  if (modes.includes(single) && modes.some((mode) => mode !== single && known.includes(mode))) {
    errors.push(forbiddenField(path, `may not use ${single} with other access modes`));
  }
}
