import base from '../../jest.config.js';

/** The tests as `npm run sabotage` runs them: with one seam replaced. @type {import('jest').Config} */
export default {
  ...base,
  rootDir: '../..',
  testPathIgnorePatterns: ['/node_modules/'],
  setupFiles: ['<rootDir>/test/sabotage/setup.ts'],
};
