import { startAccount, type TestAccount } from '../endpoint/account.ts';
import { useLifeboat, runbook, shop, environmentOf } from '../e2e/account-stage.ts';
import { openScreen, type Screen } from './screen.ts';

// The live view of runs on an account: a simulated account stands for it, and nothing in it becomes ready.
const CTRL_C = String.fromCharCode(3);
const STATE = ['--state', 'watched'];

const lifeboat = useLifeboat();
let account: TestAccount;
const open: Screen[] = [];
beforeAll(async () => {
  lifeboat.write('shop.yaml', runbook('shop', { database: false }));
  account = await startAccount({ inventory: shop(), quirks: { holds: true } });
});
afterAll(async () => {
  for (const screen of open) screen.kill('SIGKILL');
  await account.close();
});

function onScreen(...args: readonly string[]): Screen {
  const env = { ...environmentOf({ url: account.url }), NO_COLOR: '1' };
  const screen = openScreen(process.execPath, [lifeboat.entry, ...args, ...STATE], {
    cwd: lifeboat.folder,
    env,
  });
  open.push(screen);
  return screen;
}

/** Seconds since the incident by the title of the view; undefined while there is none. */
function elapsedOn(text: string): number | undefined {
  const [, hours, minutes, seconds] = /^shop-\S+ {2}.* \+(\d+):(\d\d):(\d\d)$/m.exec(text) ?? [];
  return hours === undefined ? undefined : Number(hours) * 3_600 + Number(minutes) * 60 + Number(seconds);
}

test('the clock of the live view is the clock of the machine: restore, resume, cleanup and status --watch', async () => {
  const began = Date.now();
  /** The view at two different seconds, each held against the time that has really passed since before the incident. */
  const watched = async (screen: Screen): Promise<string> => {
    let last = -1;
    let text = '';
    for (let looks = 0; looks < 2; looks += 1) {
      text = await screen.until('later second', (now) => (elapsedOn(now) ?? -1) > last);
      last = elapsedOn(text) ?? last;
      expect(last).toBeLessThanOrEqual((Date.now() - began) / 1_000);
    }
    return text;
  };

  const restore = onScreen('restore', 'shop.yaml', '--yes');
  const view = await watched(restore);
  expect(view).toMatch(/^RTO +ON-TRACK +(6 h 00|5 h 59) min left of 6 h 00 min/m);
  const watcher = onScreen('status', '--watch', '--every', '0.2');
  await watched(watcher);
  watcher.type(CTRL_C);
  restore.type(CTRL_C);
  expect(await Promise.all([watcher.ended(), restore.ended()])).toEqual([0, 4]);
  const runId = /^Run (shop-\S+)$/m.exec(restore.everything().join('\n'))?.[1] ?? 'none';

  const resume = onScreen('resume', runId);
  await watched(resume);
  resume.type(CTRL_C);
  expect(await resume.ended()).toBe(4);

  const cleanup = onScreen('cleanup', runId, '--yes');
  await watched(cleanup);
  expect(await cleanup.ended()).toBe(0);
});
