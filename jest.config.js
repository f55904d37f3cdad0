import { availableParallelism } from 'node:os';

/** @type {import('jest').Config} */
export default {
  testEnvironment: 'node',
  // Many tests wait for processes and for time: half a worker more than there are cores uses the cores meanwhile.
  maxWorkers: Math.ceil(availableParallelism() * 1.5),
  testSequencer: '<rootDir>/test/sequencer.js',
  // Machines are shared and noisy: a test that hangs is still found, one that waits for its turn is not blamed.
  testTimeout: 120_000,
  globalSetup: '<rootDir>/test/e2e/build-folder.ts',
  roots: ['<rootDir>/test'],
  testMatch: ['**/*.test.ts'],
  // Minutes of real time with real processes: a command of their own, npm run test:long.
  testPathIgnorePatterns: ['/node_modules/', '/test/long/'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: { parser: { syntax: 'typescript' }, target: 'es2024' },
        module: { type: 'commonjs' },
      },
    ],
  },
};
