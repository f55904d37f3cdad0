import { spawnSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';

// Test files that try each case here, and a part of them in `npm test`.

const FILES = globSync('test/**/*.test.ts').filter(
  (file) => !file.startsWith('test/long/') && readFileSync(file, 'utf8').includes("/thorough.ts';"),
);

test('there are such files', () => {
  expect(FILES.length).toBeGreaterThan(3);
});

test.each(FILES)(
  '%s holds in every case',
  (file) => {
    const { status, stderr } = spawnSync(
      process.execPath,
      ['node_modules/jest/bin/jest.js', '--ci', '--runInBand', '--runTestsByPath', file],
      { encoding: 'utf8', env: { ...process.env, TEST_THOROUGH: '1' } },
    );
    expect({ status, stderr: status === 0 ? '' : stderr }).toEqual({ status: 0, stderr: '' });
  },
  600_000,
);
