import type { Agenda } from '../../../src/driver/agenda.ts';
import type { frozenByObjects } from '../../../src/hosts/freeze.ts';
import type { Spent } from '../../../src/hosts/lambda/durable/budget.ts';
import type { executionName, isSuperseded } from '../../../src/hosts/lambda/durable/generations.ts';
import type { register, restOf } from '../../../src/hosts/lambda/durable/resting.ts';
import type { Turn } from '../../../src/hosts/lambda/durable/turn.ts';
import { variant, type Variant } from '../variant.ts';

const DRIVERS = 'test/lambda/drivers.test.ts';
const KILLS = 'test/lambda/kills.test.ts';
const LIMITS = 'test/lambda/limits.test.ts';
const SIGNALS = 'test/lambda/signals.test.ts';

let starts = 0;

/** A run in durable executions. */
export const durable: readonly Variant[] = [
  variant<typeof register>({
    name: 'a-signal-before-the-registration-is-missed',
    breaks: 'A run registers how to wake it, then reads its inbox once more, and only then rests.',
    seam: 'register',
    how: (register) => async (wakes, journal, callbackId) => {
      await register(wakes, journal, callbackId);
      return true;
    },
    tests: [{ path: SIGNALS, name: 'between its last look at the inbox and its wait' }],
  }),
  variant<typeof restOf>({
    name: 'a-run-that-waits-for-people-relies-on-a-callback',
    breaks: 'A wait for people ends by itself after ten minutes: a callback may be lost.',
    seam: 'restOf',
    how:
      (restOf) =>
      (...given) =>
        restOf(...given) * 100,
    tests: [{ path: SIGNALS, name: 'when the callback is lost' }],
  }),
  variant<Agenda['idleUntil']>({
    name: 'looks-are-left-out-without-a-forecast',
    breaks: 'A function leaves out looks only while a forecast says that nothing will change.',
    seam: 'Agenda#idleUntil',
    how: () => (now) => now + 3_600_000,
    tests: [{ path: 'test/lambda/execution.test.ts', name: 'drill .* ends as on a laptop' }],
  }),
  variant<Spent['exceeds']>({
    name: 'an-execution-never-hands-over',
    breaks: 'An execution hands its run over before it reaches a limit of AWS.',
    seam: 'Spent#exceeds',
    how: () => () => false,
    tests: [{ path: LIMITS, name: 'when it counts every retry' }],
  }),
  variant<typeof executionName>({
    name: 'a-repeated-hand-over-starts-another-execution',
    breaks:
      'The successor of an execution has a name that follows from the run: a repeated step starts it once.',
    seam: 'executionName',
    how:
      (executionName) =>
      (...given) =>
        `${executionName(...given)}-${(starts += 1)}`,
    tests: [{ path: LIMITS, name: 'by operations' }],
  }),
  variant<typeof isSuperseded>({
    name: 'two-executions-drive-a-run-in-turns',
    breaks: 'An execution ends when a later one has driven its run.',
    seam: 'isSuperseded',
    how: () => async () => false,
    tests: [{ path: DRIVERS, name: 'superseded' }],
  }),
  variant<typeof Turn.begin>({
    name: 'a-slice-left-behind-keeps-its-lease',
    breaks:
      'What an invocation has left behind in its process is no other driver: its turn ends with the next slice.',
    seam: 'Turn.begin',
    how: (begin) => () => begin({} as Parameters<typeof begin>[0]),
    tests: [{ path: KILLS, name: 'checkpoint is lost' }],
  }),
  variant<typeof frozenByObjects>({
    name: 'a-function-looks-for-freeze-files-on-its-own-disk',
    breaks: 'In a function a freeze file on a disk counts as existing: it cannot be checked there.',
    seam: 'frozenByObjects',
    how: () => async () => [],
    tests: [{ path: 'test/hosts/freeze.test.ts', name: 'in a function' }],
  }),
];
