import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { PAGES, read, ROOT } from './support.ts';

/** The anchors that headings get. */
function anchorsOf(page: string): ReadonlySet<string> {
  const headings = [...read(page).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => heading);
  return new Set(
    headings.map((heading) =>
      heading
        .toLowerCase()
        .replace(/[^\p{L}\p{N}\s-]/gu, '')
        .replace(/\s/g, '-'),
    ),
  );
}

test.each(PAGES)('the links of %s lead somewhere', (page) => {
  const broken: string[] = [];
  const text = read(page).replace(/^```[^]*?^```$/gm, '');
  for (const [, target = ''] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
    if (/^https?:/.test(target)) continue;
    const [path = '', anchor] = target.split('#');
    const file = path === '' ? page : join(dirname(page), path);
    if (!existsSync(join(ROOT, file))) broken.push(target);
    else if (anchor !== undefined && !anchorsOf(file).has(anchor)) broken.push(target);
  }
  expect(broken).toEqual([]);
});

const isInternal = (page: string): boolean => page.startsWith('docs/internals/');

test('every page of docs/ is in the table of the README, and those for contributors in that of ARCHITECTURE.md', () => {
  const unlinked = (pages: readonly string[], from: string): readonly string[] =>
    pages.filter((page) => page.startsWith('docs/') && !read(from).includes(`](${page})`));
  expect(
    unlinked(
      PAGES.filter((page) => !isInternal(page)),
      'README.md',
    ),
  ).toEqual([]);
  expect(unlinked(PAGES.filter(isInternal), 'ARCHITECTURE.md')).toEqual([]);
});

test.each(['ARCHITECTURE.md', ...PAGES.filter(isInternal)])('the files that %s names exist', (page) => {
  const files = ['src', 'test', 'scripts'].flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' }).map(
      (file) => `/${folder}/${file}`,
    ),
  );
  const named = [
    ...read(page)
      .replaceAll(/`eslint\.(config|kinds)\.js`/g, '')
      .matchAll(/`([\w./-]+\.(?:ts|js))`/g),
  ].map(([, name = '']) => name);
  expect(named.length).toBeGreaterThan(0);
  expect(named.filter((name) => !files.some((file) => file.endsWith(`/${name}`)))).toEqual([]);
});
