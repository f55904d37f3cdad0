// node scripts/third-party-licenses.js METAFILE OUT: the licenses of all packages that are bundled, by esbuild's own account of what it read.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** `node_modules/a/node_modules/@b/c/x.js` is of the package in `node_modules/a/node_modules/@b/c`. */
const PACKAGE = /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/;
const LICENSE_FILE = /^(licen[cs]e|copying|notice)([.-].*)?$/i;

function bundledPackages({ inputs }) {
  return [...new Set(Object.keys(inputs).flatMap((input) => PACKAGE.exec(input)?.[0] ?? []))].sort();
}

function sectionOf(folder) {
  const { name, version, license, author, homepage } = JSON.parse(
    readFileSync(join(folder, 'package.json'), 'utf8'),
  );
  const texts = readdirSync(folder)
    .filter((file) => LICENSE_FILE.test(file))
    .sort()
    .map((file) => readFileSync(join(folder, file), 'utf8').trim());
  if (typeof license !== 'string') throw new Error(`${folder} does not say what its license is`);
  const by = typeof author === 'string' ? author : author?.name;
  // Without a file of its own a package says its license in its package.json alone.
  const text = texts.length > 0 ? texts.join('\n\n') : `${license}${by === undefined ? '' : `, by ${by}`}.`;
  return `${'='.repeat(80)}\n${name} ${version} (${license})\n${homepage ?? ''}\n\n${text}\n`;
}

/** The text of all licenses, for a metafile of esbuild. */
export function licensesOf(metafile) {
  const sections = bundledPackages(metafile).map(sectionOf);
  if (sections.length === 0) throw new Error('the metafile names no package');
  return `This bundle of Lifeboat contains these packages.\n\n${sections.join('\n')}`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [metafile, out] = process.argv.slice(2);
  if (metafile === undefined || out === undefined)
    throw new Error('give a metafile of esbuild and a file to write');
  writeFileSync(out, licensesOf(JSON.parse(readFileSync(metafile, 'utf8'))));
}
