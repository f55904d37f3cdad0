/** @type {import('jest').Config} */
export default {
  testEnvironment: 'node',
  // By default one core is left idle: on two that is half of the machine.
  maxWorkers: '100%',
  // Machines are shared and noisy: a test that hangs is still found, one that waits for its turn is not blamed.
  testTimeout: 120_000,
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
