/** The port a probe or hook means. */
import type { Container } from '../../hub/api/container.ts';

/** By number, or by its name in the container's ports. Throws an Error a user reads. */
export function portOf({ ports }: Container, port: number | string): number {
  if (typeof port === 'number') return port;
  const named = ports?.find(({ name }) => name === port)?.containerPort ?? Number(port);
  if (Number.isInteger(named) && named > 0 && named < 65_536) return named;
  throw new Error(`couldn't find port: "${port}"`);
}
