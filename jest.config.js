import { availableParallelism } from 'node:os';

const toCommonJs = (syntax) => [
  '@swc/jest',
  { jsc: { parser: { syntax }, target: 'es2024' }, module: { type: 'commonjs' } },
];

/** Packages that are ES modules only: compiled like our own code, since tests run as CommonJS. */
const esModules = 'string-width|wrap-ansi|ansi-styles|strip-ansi|ansi-regex|get-east-asian-width';

/**
 * Names of the language, given to each module as parameters. Jest's tests run in a context of `node:vm`, in which a global is looked up by an
 * interceptor: a hash that calls `Math.imul` for each character takes thirty times as long. Not here: what Jest's fake timers replace.
 */
const LANGUAGE = [
  ...[
    'Array',
    'BigInt',
    'Boolean',
    'Error',
    'Infinity',
    'JSON',
    'Map',
    'Math',
    'Number',
    'Object',
    'Promise',
    'Proxy',
  ],
  ...[
    'RangeError',
    'Reflect',
    'RegExp',
    'Set',
    'String',
    'Symbol',
    'TypeError',
    'Uint8Array',
    'WeakMap',
    'WeakSet',
  ],
];

/** @type {import('jest').Config} */
export default {
  testEnvironment: 'node',
  sandboxInjectedGlobals: LANGUAGE,
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
    '^.+\\.ts$': toCommonJs('typescript'),
    [`/node_modules/(${esModules})/.+\\.js$`]: toCommonJs('ecmascript'),
  },
  transformIgnorePatterns: [`/node_modules/(?!(.*/)?(${esModules})/)`],
};
