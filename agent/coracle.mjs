#!/usr/bin/env node
/** The `coracle` command in a clone: installs once, then hands over to the command line on the project's own Node. */
import { join } from 'node:path';
import { ensureInstalled, project, runScript } from './launch.mjs';

ensureInstalled();
runScript(join(project, 'agent', 'cli', 'main.ts'), process.argv.slice(2));
