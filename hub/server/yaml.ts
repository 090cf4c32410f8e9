/** YAML answers: keys sorted, as clients of the API server know them. */
import { stringify } from 'yaml';

/** The YAML text of a JSON value. */
export function toYaml(value: unknown): string {
  return stringify(value, { sortMapEntries: true, lineWidth: 0, aliasDuplicateObjects: false });
}
