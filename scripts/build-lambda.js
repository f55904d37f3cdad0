// node scripts/build-lambda.js [FOLDER [ENTRY]]: the bundle of the functions in the cloud, all that Lambda needs. Default: dist/lambda.
import { rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { build } from 'esbuild';
import { licensesOf } from './third-party-licenses.js';

const [outdir = 'dist/lambda', entry = 'src/hosts/lambda/handler.ts'] = process.argv.slice(2);

/** Messages of zod in fifty languages, a quarter of a megabyte: Lifeboat uses its own. */
const withoutTranslations = {
  name: 'without-translations',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]zod[\\/]v4[\\/]locales[\\/]/ }, ({ path }) =>
      ['en.js', 'index.js'].includes(basename(path)) ? undefined : { contents: 'export default () => ({})' },
    );
  },
};

rmSync(outdir, { recursive: true, force: true });
const { metafile } = await build({
  entryPoints: { index: entry },
  outdir,
  outExtension: { '.js': '.mjs' },
  bundle: true,
  // A handler loads only its own chunks: a cold start does not pay for the others.
  splitting: true,
  minify: true,
  platform: 'node',
  format: 'esm',
  target: 'node24',
  // ES modules first: what is not used is left out. Everything is bundled: the runtime has an SDK, of whatever version.
  mainFields: ['module', 'main'],
  banner: {
    js: "import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);",
  },
  plugins: [withoutTranslations],
  metafile: true,
  logLevel: 'warning',
});
writeFileSync(join(outdir, 'THIRD-PARTY-LICENSES'), licensesOf(metafile));
