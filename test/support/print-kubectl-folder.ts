/** Prints the folder of a newer kubectl than that on the PATH, for runners that Node 20 starts; nothing where none is needed. */
import { newerKubectlFolder } from './kubectl-program.ts';

process.stdout.write(newerKubectlFolder() ?? '');
