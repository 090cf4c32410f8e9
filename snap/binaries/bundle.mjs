/** The program of a binary as few JavaScript files: types stripped, dependencies inside, what is loaded later apart. */
import { readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { build } from 'esbuild';

/**
 * Sources find their files by `import.meta.url`. In a bundle that is the address of the chunk, so it is replaced by where
 * the source would lie below the program's directory; its data lies there. A source's own `require`, for what must be
 * loaded late and at once, becomes the bundler's.
 */
function ownPlaces(project) {
  return {
    name: 'own places',
    setup(bundler) {
      bundler.onLoad({ filter: /\.ts$/ }, async ({ path }) => {
        const text = await readFile(path, 'utf8');
        const bundled = text
          .replace(/^const require = createRequire\(import\.meta\.url\);$/m, '')
          .replaceAll('import.meta.url', `ownPlace(${JSON.stringify(relative(project, path))})`);
        if (/\bcreateRequire\(/.test(bundled))
          throw new Error(`${path}: only "const require = createRequire(import.meta.url);" can be bundled`);
        return { contents: bundled, loader: 'ts' };
      });
    },
  };
}

/**
 * A CommonJS package that is imported late has its exports by name under Node, but not in a bundle: it is given a module
 * in front that names them.
 */
function namedExports(project) {
  return {
    name: 'named exports',
    setup(bundler) {
      bundler.onResolve({ filter: /^[a-z@]/ }, ({ path, kind }) =>
        kind === 'dynamic-import' && !path.startsWith('node:') ? { path, namespace: 'imported late' } : undefined,
      );
      bundler.onLoad({ filter: /./, namespace: 'imported late' }, async ({ path }) => {
        const names = Object.keys(await import(path)).filter((name) => /^\w+$/.test(name) && name !== 'default');
        return { contents: `export { ${names.join(', ')} } from ${JSON.stringify(path)};`, resolveDir: project };
      });
    },
  };
}

const banner = `import { createRequire as ownRequire } from 'node:module';
const require = ownRequire(import.meta.url);
const ownPlace = (source) => new URL(source, import.meta.url).href;`;

/**
 * Bundles `programs` (see programs.mjs) into `directory`, flat: `cli.js`, `agent.js` and the chunks they share. Returns the files
 * that went in.
 */
export async function bundle({ project, programs, packages = [], directory }) {
  const entries = Object.entries(programs).map(([name, { source }]) => [name, join(project, source)]);
  const { metafile } = await build({
    absWorkingDir: project,
    entryPoints: Object.fromEntries(entries),
    outdir: directory,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    chunkNames: '[name]-[hash]',
    external: packages,
    banner: { js: banner },
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: 'none',
    metafile: true,
    logLevel: 'warning',
    logOverride: { 'empty-import-meta': 'silent' },
    plugins: [ownPlaces(project), namedExports(project)],
  });
  return Object.keys(metafile.inputs);
}
