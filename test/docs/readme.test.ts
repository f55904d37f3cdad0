import { satisfies } from 'semver';
import { fences, read } from './support.ts';

const lineCount = (text: string): number => text.trimEnd().split('\n').length;

test('the README has at most 120 lines', () => {
  expect(lineCount(read('README.md'))).toBeLessThanOrEqual(120);
});

test('its one transcript has at most 20 lines', () => {
  const transcripts = fences('README.md', 'text');
  expect(transcripts).toHaveLength(1);
  expect(lineCount(transcripts[0] ?? '')).toBeLessThanOrEqual(20);
});

test('the version of Node that npm ci installs is one that the package allows', () => {
  const { engines, devDependencies } = JSON.parse(read('package.json')) as {
    engines: { node: string };
    devDependencies: { node: string };
  };
  const lock = JSON.parse(read('package-lock.json')) as { packages: Record<string, { version?: string }> };
  const installed = lock.packages['node_modules/node']?.version ?? '';
  expect(satisfies(installed, engines.node)).toBe(true);
  expect(satisfies(installed, devDependencies.node)).toBe(true);
});
