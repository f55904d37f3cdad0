import { noticeFor, type Notice } from '../../src/notices/notice.ts';
import type { RunMode } from '../../src/plan/types.ts';
import { NEVER, reference, rehearse, type Faults } from '../hosts/support.ts';

/** The notices of a whole run, from what the real machines wrote into its journal. */
async function noticesOf(name: string, mode: RunMode, faults: Faults) {
  const { host, journal, plan } = await rehearse(reference(name), { mode, faults });
  const { phase } = await host.drive(NEVER);
  const timeline = await journal.timeline();
  await host.close();
  const run = {
    runId: journal.record.runId,
    mode,
    isSimulated: true,
    incidentAt: plan.incidentAt,
    rtoSeconds: plan.objectives.rtoSeconds,
    commandOptions: [],
  };
  const notices = timeline.flatMap<Notice>((entry) => noticeFor(entry, run) ?? []);
  return { phase, timeline, notices, texts: notices.map(({ text }) => text) };
}

test('a drill of the reference runbook is told from its beginning to its end', async () => {
  const { texts } = await noticesOf('orders', 'drill', 'none');
  const begun = texts.map((text) => /^\[drill\] \[simulated\] \S+: (\w+)/.exec(text)?.[1]);
  expect(begun).toEqual(
    expect.arrayContaining(['preflight', 'restore', 'warmup', 'verify', 'cleanup', 'completed']),
  );
  expect(begun[0]).toBe('preflight');
  expect(texts.at(-1)).toMatch(/completed \(.* after the start\)\nlifeboat report orders-/);
});

test.each<[string, RunMode, Faults]>([
  ['orders', 'drill', 'storm'],
  ['orders', 'restore', 'flaky'],
])('%s, %s, faults %s: people are not told of every resource and every fault', async (name, mode, faults) => {
  const { phase, timeline, notices, texts } = await noticesOf(name, mode, faults);
  expect(texts.at(-1)).toContain(`: ${phase}`);
  expect(notices.length).toBeLessThan(40);
  expect(notices.length).toBeLessThan(timeline.length);
  // What stands in the middle of a line of a resource never begins one of a notice.
  expect(texts.filter((text) => /retrying|restoring by|ready after/.test(text))).toEqual([]);
});
