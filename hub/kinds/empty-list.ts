/** Lists that are always written. */

/**
 * API: such a list is null when nothing is in it, whether it was sent empty or not at all. To be called when a write is
 * prepared: who sent an empty list owns the field.
 */
export function printEmptyAsNull(holder: object | undefined, field: string): void {
  if (holder === undefined || holder === null) return;
  const fields = holder as Record<string, unknown>;
  const list = fields[field];
  if (!Array.isArray(list) || list.length === 0) fields[field] = null;
}
