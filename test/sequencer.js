import TestSequencer from '@jest/test-sequencer';

// The package is CommonJS: depending on who loads this file its class is the default, or the default of the default.
const Sequencer = TestSequencer.default ?? TestSequencer;

/** Folders whose tests take longest, the longest first. Begun last, one of them would keep a core idle at the end. */
const LONGEST_FIRST = [
  '/test/simulation/',
  '/test/terminal/',
  '/test/infra/',
  '/test/e2e/',
  '/test/journal/',
  '/test/hosts/',
  '/test/docs/',
];

const rank = ({ path }) => {
  const index = LONGEST_FIRST.findIndex((folder) => path.includes(folder));
  return index < 0 ? LONGEST_FIRST.length : index;
};

/** Jest knows how long tests take only where it has run them before; on a clean clone this order does as well. */
export default class extends Sequencer {
  sort(tests) {
    return super.sort(tests).toSorted((one, other) => rank(one) - rank(other));
  }
}
