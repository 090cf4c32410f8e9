/** `coracle secrets rotate-key`: a new key for what the hub encrypts on its disk. */
import type { Command } from 'commander';
import { encryptionKeysPath, type KeyRotation } from '../../hub/api/encryption-keys.ts';
import { chosenDataDir, withDataDir } from './data-dir-option.ts';
import { HubClient } from './hub-client.ts';
import type { Terminal } from './terminal.ts';

/** A rotation reads the whole database; milliseconds. */
const rotationTimeout = 600_000;

/** Adds the command. */
export function addSecrets(program: Command, terminal: Terminal): void {
  const secrets = program.command('secrets').description('how Secrets are encrypted on the disk of the hub');
  withDataDir(secrets.command('rotate-key'))
    .description('make a new key, encrypt all Secrets with it and forget the old key')
    .addHelpText('after', '\nThe hub has to run. Cut off at any moment, it goes on by itself at the next start.')
    .action(async (options: { dataDir?: string }) => {
      const client = new HubClient(chosenDataDir(options));
      const done = await client.call<KeyRotation>('POST', encryptionKeysPath, undefined, { timeout: rotationTimeout });
      terminal.print(`Key ${done.keyId} encrypts from now on, and ${done.values} stored values; the old key is gone.`);
    });
}
