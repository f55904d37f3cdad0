import { EC2ServiceException } from '@aws-sdk/client-ec2';
import type { Backfill } from '../../src/driver/fleet/backfiller.ts';
import type { Clock } from '../../src/driver/base/ports.ts';
import { MINUTE_MS } from '../../src/time.ts';
import { RESULT } from '../driver/backfill-result.ts';
import { isThing, type Sighting, type Watch } from '../../src/workflow/base/sightings.ts';
import { fleetOf, T0 } from '../driver/stage.ts';
import { reference } from '../hosts/support.ts';
import { chunks } from './play.ts';
import { RESTART_SEEDS } from './seeds.ts';
import { playRestarts, restartDifference, type RestartsCase, type Troubles } from './restarts.ts';

// Goal: nothing that a driver must know lives in memory only. Method: the same run with a driver that stays, and with driver and executor thrown
// away after every tick and opened again from the journal at the same instant; every decision, effect, timer and call to AWS must be the same.
// More seeds: test/long/restarts.test.ts; whole and larger accounts: npm run simulate -- --restarts --seeds 1000

test.each(['drill', 'restore'] as const)('a %s of orders', async (mode) => {
  expect(await restartDifference({ scenario: reference('orders'), mode })).toBeUndefined();
});

test.each(chunks(RESTART_SEEDS))('seeds %i to %i', async (from, to) => {
  for (let seed = from; seed <= to; seed += 1)
    expect([seed, await playRestarts(seed, true)]).toEqual([seed, []]);
});

test('a resource that halts, and waits for a decision', async () => {
  expect(await playRestarts(334)).toEqual([]);
});

const isBetween = (at: number, from: number, to: number): boolean =>
  at >= T0 + from * MINUTE_MS && at < T0 + to * MINUTE_MS;

const cut = (): Error => Object.assign(new Error('getaddrinfo ENOTFOUND'), { code: 'ENOTFOUND' });
const signedOut = (): Error =>
  Object.assign(new Error('no credentials'), { name: 'CredentialsProviderError' });
const throttle = (): Error =>
  new EC2ServiceException({
    ...{ name: 'RequestLimitExceeded', $fault: 'client', message: 'slow down' },
    $metadata: { httpStatusCode: 503 },
  });
/** As the SDK throws when the answer was a page of HTML. */
const html = (): Error =>
  new EC2ServiceException({
    ...{ name: 'Unknown', $fault: 'server', message: 'UnknownError' },
    $metadata: { httpStatusCode: 500 },
  });

function failing(onCall: NonNullable<Troubles['onCall']>): () => Troubles {
  return () => ({ onCall });
}

/** Put back by three hours in the midst of the run. */
function putBack(clock: Clock): Clock {
  const ahead = (): number => (clock.now() > T0 + 7 * MINUTE_MS ? 180 * MINUTE_MS : 0);
  return {
    now: () => clock.now() - ahead(),
    passed: () => clock.passed(),
    sleepUntil: (at, wake) => clock.sleepUntil(at + ahead(), wake),
  };
}

/** A backfill that runs elsewhere: all that is known of it is its handle. */
function startedElsewhere(): Troubles {
  const log: string[] = [];
  const backfill: Backfill = {
    async tend(at, _since, handle) {
      if (handle === undefined) log.push(`backfill started at ${at}`);
      const endsAt = typeof handle === 'number' ? handle : at + 5 * MINUTE_MS;
      return at < endsAt
        ? { kind: 'running', wakeAt: Math.min(endsAt, at + MINUTE_MS), handle: endsAt }
        : { kind: 'over', result: RESULT };
    },
    stop: async () => undefined,
    soFar: async () => undefined,
  };
  return { log, openBackfill: () => backfill };
}

/** Hides the first volume that is looked for. */
function isNotFirstOf({ things }: Watch): (sighting: Sighting) => boolean {
  const first = things.find(({ type }) => type === 'volume')?.id;
  return (sighting) => !isThing(sighting) || sighting.id !== first;
}

const slow = fleetOf({ volumes: 3, rateQuota: 300 });

test.each<readonly [string, RestartsCase]>([
  [
    'AWS out of reach for looks and requests',
    {
      scenario: slow,
      mode: 'restore',
      probe: failing(({ at }) => {
        if (isBetween(at, 3, 40)) throw cut();
      }),
    },
  ],
  [
    'requests without credentials while looks succeed',
    {
      scenario: slow,
      mode: 'restore',
      probe: failing(({ at, operation }) => {
        if (operation === 'CreateVolume' && isBetween(at, 1, 40)) throw signedOut();
      }),
    },
  ],
  [
    'a request that is throttled for a while',
    {
      scenario: slow,
      mode: 'drill',
      probe: failing(({ at, operation }) => {
        if (operation === 'DescribeVolumes' && isBetween(at, 1, 3)) throw throttle();
      }),
    },
  ],
  [
    'an operation that the endpoint lacks',
    {
      scenario: slow,
      mode: 'restore',
      probe: failing(({ operation }) => {
        if (operation === 'DescribeVolumeStatus') throw html();
      }),
    },
  ],
  [
    'a volume that vanishes',
    {
      scenario: slow,
      mode: 'restore',
      probe: () => ({
        wrapExecutor: (executor, clock) => ({
          ...executor,
          observe: async (watch) => {
            const sightings = await executor.observe(watch);
            return clock.now() < T0 + 6 * MINUTE_MS ? sightings : sightings.filter(isNotFirstOf(watch));
          },
        }),
      }),
    },
  ],
  ['a clock that is put back', { scenario: slow, mode: 'restore', probe: () => ({ wrapClock: putBack }) }],
  [
    'a backfill that runs elsewhere',
    {
      scenario: fleetOf({
        volumes: 1,
        backfill: { sources: [{ path: '/nowhere' }], replay: { target: 'https://orders.example', rate: 10 } },
      }),
      ...{ mode: 'restore', probe: startedElsewhere },
    },
  ],
])('%s', async (_name, one) => {
  expect(await restartDifference(one)).toBeUndefined();
});
