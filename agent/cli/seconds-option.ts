/** Seconds on the command line. */
import { InvalidArgumentError } from 'commander';

/** Reads an option's value; throws what commander tells the user. */
export function seconds(text: string): number {
  const value = Number(text);
  if (!(value >= 0)) throw new InvalidArgumentError('It takes a number of seconds.');
  return value;
}
