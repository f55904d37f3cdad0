import { readFileSync, writeFileSync } from 'node:fs';
import { NEVER, reference, rehearse, type Faults, type Scenario } from '../hosts/support.ts';
import { fleetOf } from '../driver/stage.ts';
import type { RunMode } from '../../src/plan/types.ts';

// Golden histories: the whole course of a run, event by event, kept as a file and compared. A difference is a change of behaviour:
// read it, and if it is meant, renew the files with
//   RENEW=1 npx jest test/simulation/golden
// and commit them with the change that caused it.

interface Golden {
  readonly scenario: () => Scenario;
  readonly mode: RunMode;
  readonly faults: Faults;
  readonly seed: number;
}

const GOLDEN: Readonly<Record<string, Golden>> = {
  'orders-drill': { scenario: () => reference('orders'), mode: 'drill', faults: 'none', seed: 1 },
  'fleet-restore-storm': {
    scenario: () => fleetOf({ volumes: 2, strategies: ['provisioned-rate', 'fsr'] }),
    ...{ mode: 'restore', faults: 'storm', seed: 5 },
  },
};

async function historyOf({ scenario, mode, faults, seed }: Golden): Promise<readonly string[]> {
  const { host, journal, plan } = await rehearse(scenario(), { mode, faults, seed });
  await host.drive(NEVER);
  const history = await journal.history();
  await host.close();
  return history.map(({ at, aggregate, event }) => {
    const { type, ...rest } = event as { type: string; at?: number };
    delete rest.at;
    const detail = Object.keys(rest).length === 0 ? '' : ` ${JSON.stringify(rest)}`;
    return `${((at - plan.incidentAt) / 1_000).toFixed(3)} ${aggregate} ${type}${detail}`;
  });
}

test.each(Object.entries(GOLDEN))('%s has its recorded history', async (name, golden) => {
  const file = `test/simulation/golden/${name}.history.json`;
  const history = await historyOf(golden);
  if (process.env['RENEW'] === '1') writeFileSync(file, `${JSON.stringify(history, null, 2)}\n`);
  expect(history).toEqual(JSON.parse(readFileSync(file, 'utf8')));
  expect(history.at(-1)).toMatch(/ recovery /);
});

test.each(Object.entries(GOLDEN))('%s has the same history twice', async (_name, golden) => {
  expect(await historyOf(golden)).toEqual(await historyOf(golden));
});
