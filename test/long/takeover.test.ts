import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { useCli, ORDERS, type Started } from '../e2e/cli.ts';
import { stopBetweenWrites } from '../journal/fixtures/stop.ts';

const RUN = 'orders-20261120T0300-1';
/** Slow: whatever happens to it happens long before its end. */
const SLOW = '60';
jest.setTimeout(180_000);

const cli = useCli();

const files = (state: string): readonly string[] =>
  ['journal.sqlite', 'world.sqlite'].map((file) => join(cli.folder, state, 'runs', RUN, file));

type Table = readonly [name: string, rows: readonly Readonly<Record<string, unknown>>[]];

/** All that journal and world hold, table by table: the files themselves change when they are merely tidied up. */
function contents(state: string): readonly Table[] {
  return files(state).flatMap((file) => {
    const database = new DatabaseSync(file, { readOnly: true });
    try {
      const tables = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all();
      return tables.map(({ name }): Table => [
        String(name),
        database.prepare(`SELECT * FROM "${String(name)}"`).all(),
      ]);
    } finally {
      database.close();
    }
  });
}

/** The time of the simulated world. */
function worldTime(state: string): unknown {
  const numbers = contents(state).find(([name]) => name === 'number')?.[1];
  return numbers?.find(({ name }) => name === 'clock')?.['value'];
}

/** A drill that has begun to restore, has asked for all it can, and now sleeps from look to look. */
async function drilling(state: string): Promise<Started> {
  const drill = cli.start(['drill', ...ORDERS, '--state', state, '--speed', SLOW]);
  await drill.said(/restoring by/);
  for (let moves = 0, last = worldTime(state); moves < 3;) {
    await sleep(10);
    if (drill.child.exitCode !== null) throw new Error(`ended too soon:\n${drill.heard()}`);
    const now = worldTime(state);
    if (now !== last) moves += 1;
    last = now;
  }
  return drill;
}

test('a driver that was stopped is taken over; continued, it changes nothing and ends with a clear error', async () => {
  const state = 'stopped';
  const first = await drilling(state);
  await stopBetweenWrites(first.child, files(state));
  await sleep(3_000);
  const standing = await cli.run(['status', RUN, '--state', state, '--json']);
  expect(JSON.parse(standing.stdout)).toMatchObject({ driven: { pid: first.child.pid, responding: false } });

  const second = await cli.run(['resume', RUN, '--state', state, '--json']);
  expect([second.exitCode, second.stderr]).toEqual([
    0,
    expect.stringContaining(`Took ${RUN} over from process ${first.child.pid} on `),
  ]);
  const report = JSON.parse(second.stdout) as Readonly<Record<string, unknown>>;
  expect(report).toMatchObject({ status: 'completed', leftovers: [] });

  const before = contents(state);
  first.child.kill('SIGCONT');
  expect((await first.ended).exitCode).toBe(1);
  expect(first.heard()).toMatch(
    new RegExp(
      `Error: Process \\d+ on \\S+ took over run '${RUN}': this one may not go on\\.\nTry: .*lifeboat status ${RUN}`,
    ),
  );
  expect(contents(state)).toEqual(before);
  const again = await cli.run(['report', RUN, '--state', state, '--json']);
  expect(JSON.parse(again.stdout)).toEqual(report);
});

test('taken over, the run ends as if nothing had happened', async () => {
  const [undisturbed, report] = await Promise.all([
    cli.run(['drill', ...ORDERS, '--state', 'undisturbed', '--json']),
    cli.run(['report', RUN, '--state', 'stopped', '--json']),
  ]);
  const { apiCalls, endedAt, asOf, ...rest } = JSON.parse(report.stdout) as Readonly<Record<string, unknown>>;
  expect([apiCalls, endedAt, asOf]).not.toContain(undefined);
  expect(JSON.parse(undisturbed.stdout)).toMatchObject(rest);
});

test('while the driver gives heartbeats, a second process only sends it signals', async () => {
  const state = 'alive';
  const first = await drilling(state);
  const refused = await cli.run(['resume', RUN, '--state', state, '--json']);
  expect([refused.exitCode, JSON.parse(refused.stdout)]).toEqual([
    1,
    expect.objectContaining({ accepted: false, code: 'RUN_NOT_POSSIBLE' }),
  ]);
  const driver = (): unknown => contents(state).find(([name]) => name === 'driver')?.[1];
  expect(driver()).toMatchObject([{ pid: first.child.pid }]);
  const aborted = await cli.run(['abort', RUN, '--state', state]);
  expect(aborted.exitCode).toBe(0);
  expect((await first.ended).exitCode).toBe(130);
  expect(driver()).toMatchObject([{ pid: first.child.pid }]);
});

test('a dead driver is replaced without a wait for heartbeats', async () => {
  const state = 'died';
  const first = await drilling(state);
  first.child.kill('SIGKILL');
  await first.ended;
  const second = await cli.run(['resume', RUN, '--state', state, '--json']);
  expect([second.exitCode, second.stderr]).toEqual([0, '']);
});
