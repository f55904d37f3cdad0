import { existsSync } from 'node:fs';
import { runVariant } from './run-variant.ts';
import { checkSeam, fileOf, replaced } from './seams.ts';
import { variants } from './variants/index.ts';
import type { Variant } from './variant.ts';

// The command itself takes minutes (npm run sabotage). This holds it in working order: every variant still has its seam and its tests.

test('every variant has a name of its own, a seam that exists, and tests that exist', () => {
  expect(new Set(variants.map(({ name }) => name)).size).toBe(variants.length);
  for (const { name, breaks, seam, tests } of variants) {
    expect(name).toMatch(/^[a-z0-9-]+$/);
    expect(breaks).toMatch(/\.$/);
    expect(() => checkSeam(seam)).not.toThrow();
    expect(tests.length).toBeGreaterThan(0);
    for (const { path } of tests) expect([name, path, existsSync(path)]).toEqual([name, path, true]);
  }
});

test('an export that is gone is an error, as is a member', () => {
  expect(() => fileOf('noSuchExport')).toThrow('0 files');
  expect(() => checkSeam('Driver#noSuchMember')).toThrow('no member');
  const parts = { Some: class {} };
  expect(() => replaced(parts, 'Other', (it) => it, jest.fn())).toThrow("no 'Other'");
  expect(() => replaced(parts, 'Some#gone', (it) => it, jest.fn())).toThrow("no 'gone'");
});

describe('what comes of a variant', () => {
  const [known] = variants;
  const like = (change: Partial<Variant>): Variant => ({ ...(known as Variant), ...change });

  test('one that breaks what its tests hold is caught', async () => {
    expect(await runVariant(like({}))).toMatchObject({ verdict: 'caught' });
  });
});
