import { InvalidArgumentError } from 'commander';
import type { Option } from 'commander';
import {
  incidentOptions,
  refuseStrayOptions,
  speedOption,
  worldOptions,
} from '../../../src/cli/session/options.ts';
import type { Moment } from '../../../src/cli/session/moment.ts';
import { circumstances } from '../../../src/cli/inputs/prepare.ts';
import { LifeboatError } from '../../../src/errors.ts';

const HOUR_MS = 3_600_000;
const CAPTURED = Date.parse('2026-11-20T03:00:00Z');
const NOW = CAPTURED + HOUR_MS;

function parse(options: readonly Option[], flag: string, text: string): unknown {
  const option = options.find(({ long }) => long === flag);
  if (option?.parseArg === undefined) throw new Error(`no parser for ${flag}`);
  const parsed: unknown = option.parseArg(text, undefined);
  return typeof parsed === 'function' ? (parsed as Moment)(NOW) : parsed;
}

test.each<[readonly Option[], string, string, number]>([
  [incidentOptions(), '--incident-at', '2026-11-20T03:00:00Z', CAPTURED],
  [incidentOptions(), '--damaged-at', '2026-11-20T04:00:00+01:00', CAPTURED],
  [incidentOptions(), '--incident-at', '1h', CAPTURED],
  [worldOptions(), '--seed', '0', 0],
  [worldOptions(), '--seed', '77', 77],
  [[speedOption()], '--speed', 'max', Number.POSITIVE_INFINITY],
  [[speedOption()], '--speed', '0.5', 0.5],
])('%# %s %s', (options, flag, text, expected) => {
  expect(parse(options, flag, text)).toBe(expected);
});

test.each<[readonly Option[], string, string]>([
  [incidentOptions(), '--incident-at', 'yesterday'],
  [incidentOptions(), '--incident-at', '2026-11-20'],
  [incidentOptions(), '--recover-to', '2026-11-20T03:00:00 Nowhere'],
  [worldOptions(), '--seed', '-1'],
  [worldOptions(), '--seed', '1.5'],
  [worldOptions(), '--seed', '1e3'],
  [worldOptions(), '--state', ' '],
  [worldOptions(), '--region', 'us east 1'],
  [worldOptions(), '--region', 'us-east-1a'],
  [[speedOption()], '--speed', '0'],
  [[speedOption()], '--speed', 'fast'],
])('%# %s refuses %s', (options, flag, text) => {
  expect(() => parse(options, flag, text)).toThrow(InvalidArgumentError);
});

test.each([{ seed: 3 }, { faults: 'storm' as const }, { speed: 300 }])(
  '%o means nothing without a simulation',
  (stray) => {
    expect(() => refuseStrayOptions({ state: 's', ...stray })).toThrow(/only for simulations/);
    expect(() => refuseStrayOptions({ state: 's', simulate: 'i.yaml', ...stray })).not.toThrow();
  },
);

describe('when things happened', () => {
  const account = { capturedAt: CAPTURED };

  test('a simulation begins with the incident, which is when the inventory was captured', () => {
    expect(circumstances({ state: 's', simulate: 'i' }, account, NOW)).toEqual({
      incidentAt: CAPTURED,
      damagedAt: CAPTURED,
      now: CAPTURED,
    });
  });

  test('a simulation begins with a declared incident', () => {
    const incidentAt = CAPTURED + 60_000;
    const given = {
      state: 's',
      simulate: 'i',
      incidentAt: () => incidentAt,
      damagedAt: () => CAPTURED,
      recoverTo: () => CAPTURED - 1,
    };
    expect(circumstances(given, account, NOW)).toEqual({
      incidentAt,
      damagedAt: CAPTURED,
      now: incidentAt,
      recoverTo: CAPTURED - 1,
    });
  });

  test('in an account it is as late as it is', () => {
    expect(circumstances({ state: 's', incidentAt: () => CAPTURED }, account, NOW)).toEqual({
      incidentAt: CAPTURED,
      damagedAt: CAPTURED,
      now: NOW,
    });
  });

  test('how long ago counts from now, in a simulation from the capture, and for the data from the incident', () => {
    const given = { state: 's', incidentAt: (now: number) => now - 20, damagedAt: (now: number) => now - 5 };
    expect(circumstances(given, account, NOW)).toMatchObject({ incidentAt: NOW - 20, damagedAt: NOW - 5 });
    expect(circumstances({ ...given, simulate: 'i' }, account, NOW)).toEqual({
      incidentAt: CAPTURED - 20,
      damagedAt: CAPTURED - 25,
      now: CAPTURED - 20,
    });
  });

  test.each(['incidentAt', 'damagedAt', 'recoverTo'])('the future is refused: %s', (name) => {
    const given = { [name]: () => NOW + 1 };
    expect(() => circumstances({ state: 's', ...given }, account, NOW)).toThrow(LifeboatError);
  });
});
