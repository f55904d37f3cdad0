import { existsSync } from 'node:fs';
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

test('every page of docs/ is in the table of the README', () => {
  const readme = read('README.md');
  expect(PAGES.filter((page) => page.startsWith('docs/') && !readme.includes(`](${page})`))).toEqual([]);
});
