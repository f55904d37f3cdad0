import type { SqliteJournal } from '../../src/journal/sqlite/sqlite-journal.ts';
import { createMemoryJournal } from '../../src/journal/sqlite/open-journal.ts';
import { closedChannel, type Channel, type Delivery, type Message } from '../../src/notices/channel.ts';
import { createNotifier, type Notifier, type NotifierOptions } from '../../src/notices/notifier.ts';
import { NOTICES_KEY, recordsOf } from '../../src/notices/record.ts';
import { webhookChannel } from '../../src/notices/webhook.ts';
import type { TimelineEntry } from '../../src/workflow/base/decision.ts';
import { sampleDecision, sampleRecord, START } from '../journal/fixtures/samples.ts';
import { answers, closeReceivers, inTurn, neverAnswers, receiver, resets } from './servers.ts';
import { entryAt } from '../../src/workflow/timeline/timeline.ts';

let journal: SqliteJournal;
let warned: string[];
let pauses: number[];
let sequence: number;
/** The clock of the notifiers: only their pauses move it. */
let clock: number;

beforeEach(async () => {
  journal = await createMemoryJournal(sampleRecord());
  await journal.acquire();
  warned = [];
  pauses = [];
  sequence = 0;
  clock = START;
});
afterEach(async () => {
  closeReceivers();
  await journal.close();
});

const RUN = {
  runId: 'orders-20261120T0300-1',
  mode: 'restore',
  isSimulated: false,
  incidentAt: START,
  rtoSeconds: 21_600,
  commandOptions: [],
} as const;

const started = (channels: readonly Channel[], rest: Partial<NotifierOptions> = {}): Notifier =>
  createNotifier({
    journal,
    channels,
    run: RUN,
    log: { warn: (fields, message) => warned.push(`${message} ${JSON.stringify(fields)}`) },
    now: () => clock,
    pause: async (ms) => {
      pauses.push(ms);
      clock += ms;
    },
    ...rest,
  });

const signal = (by: string): TimelineEntry => entryAt(START, 'run', { code: 'signal.resumed', data: { by } });
const noise = entryAt(START, 'events/vol-1', { code: 'resource.ready', data: { seconds: 180 } });

/** Writes entries as a driver does, then tells the notifier. */
async function happen(notifier: Notifier | undefined, ...timeline: readonly TimelineEntry[]): Promise<void> {
  sequence += 1;
  await journal.commit({ decisions: [sampleDecision('recovery', sequence, { timeline })] });
  notifier?.onTimeline(timeline);
}

const aborted = (stop: AbortSignal): Promise<void> =>
  new Promise((resolve) => stop.addEventListener('abort', () => resolve(), { once: true }));

/** A way to people that answers as it is told, one answer after the other, the last for ever; keeps what it was given. */
function scripted(key: string, ...deliveries: readonly Delivery[]) {
  const told: string[] = [];
  const channel: Channel = {
    key,
    label: `label of ${key}`,
    deliver: async ({ text }: Message) => {
      told.push(/resumed by (\S+)/.exec(text)?.[1] ?? text);
      return deliveries[Math.min(told.length, deliveries.length) - 1] ?? { ok: true };
    },
  };
  return { channel, told };
}
const refused: Delivery = { ok: false, why: 'answers with status 404', isFinal: true };
const busy: Delivery = { ok: false, why: 'answers with status 503', isFinal: false };
const records = async () => recordsOf(await journal.value(NOTICES_KEY));

describe('on its way', () => {
  test('news goes to all, in order, and nothing else does', async () => {
    const [one, other] = [scripted('one'), scripted('other')];
    const notifier = started([one.channel, other.channel]);
    await happen(notifier, signal('a'), noise);
    await happen(notifier, noise);
    await happen(notifier, noise, signal('b'), signal('c'));
    expect(await notifier.flush(5_000)).toEqual([]);
    expect(one.told).toEqual(['a', 'b', 'c']);
    expect(other.told).toEqual(['a', 'b', 'c']);
    expect(await records()).toMatchObject([
      { key: 'one', label: 'label of one', handled: 6, delivered: 3, undelivered: 0, waiting: 0 },
      { key: 'other', handled: 6, delivered: 3 },
    ]);
  });

  test('one that does not answer holds up neither the run nor the others', async () => {
    const good = scripted('good');
    const silent: Channel = { key: 'silent', label: 'l', deliver: () => new Promise(() => undefined) };
    const notifier = started([silent, good.channel]);
    await happen(notifier, signal('a'));
    await happen(notifier, signal('b'));
    await settled(() => good.told.length === 2);
    const undelivered = await notifier.flush(20);
    expect(good.told).toEqual(['a', 'b']);
    expect(undelivered.map(({ label, why }) => `${label}: ${why}`)).toEqual([
      'l: the process ended first',
      'l: the process ended first',
    ]);
    expect((await records())[0]).toMatchObject({ handled: 0, delivered: 0, undelivered: 0, waiting: 2 });
  });

  test('without channels it reads nothing', async () => {
    const notifier = started([], {
      journal: {
        ...{
          value: () => journal.value(NOTICES_KEY),
          putValue: async () => undefined,
          isOurs: async () => true,
        },
        timeline: () => Promise.reject(new Error('read')),
      },
    });
    notifier.onTimeline([signal('a')]);
    expect(await notifier.flush(0)).toEqual([]);
    expect(await journal.value(NOTICES_KEY)).toBeUndefined();
  });
});

describe('a failed notice', () => {
  test('is tried again, later and later, and the rest waits for its turn', async () => {
    const { channel, told } = scripted('k', busy, busy, busy, { ok: true });
    const notifier = started([channel]);
    await happen(notifier, signal('a'), signal('b'));
    expect(await notifier.flush(5_000)).toEqual([]);
    expect(told).toEqual(['a', 'a', 'a', 'a', 'b']);
    expect(pauses).toHaveLength(3);
    pauses.forEach((ms, index) => expect(ms).toBeLessThanOrEqual(2_000 * 2 ** index));
  });

  test('is given up after eight attempts, told in the log and in the evidence; the next has its own', async () => {
    const { channel, told } = scripted('k', ...Array<Delivery>(8).fill(busy), { ok: true });
    const notifier = started([channel]);
    await happen(notifier, signal('a'), signal('b'));
    expect(await notifier.flush(5_000)).toEqual([
      expect.objectContaining({ label: 'label of k', why: 'answers with status 503', at: START }),
    ]);
    expect(told).toEqual([...Array<string>(8).fill('a'), 'b']);
    expect(Math.max(...pauses)).toBeLessThanOrEqual(120_000);
    expect(warned).toEqual([
      `a notice was not delivered {"runId":"${RUN.runId}","channel":"label of k","why":"answers with status 503"}`,
    ]);
    expect((await records())[0]).toMatchObject({ handled: 2, delivered: 1, undelivered: 1, waiting: 0 });
    expect((await records())[0]?.lastUndelivered[0]?.text).toContain('resumed by a');
  });

  test('a process that goes on makes the attempts that are left, and the next of them when it is due', async () => {
    const { channel, told } = scripted('k', busy);
    let now = START;
    const parts = { now: () => now, pause: (_ms: number, stop: AbortSignal) => aborted(stop) };
    for (let process = 1; process <= 5; process += 1) {
      const notifier = started([channel], parts);
      if (process === 1) await happen(notifier, signal('a'));
      await notifier.flush(50);
      expect(told).toHaveLength(process);
      const [record] = await records();
      expect(record?.retried).toMatchObject({ attempts: process });
      // One that starts too early waits.
      await started([channel], parts).flush(50);
      expect(told).toHaveLength(process);
      now = record?.retried?.nextAt ?? 0;
    }
    const last = started([channel], { ...parts, pause: async (ms) => void (now += ms) });
    expect(await last.flush(5_000)).toMatchObject([{ why: 'answers with status 503' }]);
    expect(told).toHaveLength(8);
    expect((await records())[0]?.retried).toBeUndefined();
  });

  test('a notice that can never succeed is tried once', async () => {
    const { channel, told } = scripted('k', refused, { ok: true });
    const notifier = started([channel]);
    await happen(notifier, signal('a'), signal('b'));
    expect((await notifier.flush(5_000)).map(({ why }) => why)).toEqual(['answers with status 404']);
    expect(told).toEqual(['a', 'b']);
    expect(pauses).toEqual([]);
  });

  test('a channel that asks for a pause gets no attempt before its end', async () => {
    const { channel } = scripted('k', { ...busy, afterMs: 200_000 } as Delivery, { ok: true });
    const notifier = started([channel]);
    await happen(notifier, signal('a'));
    await notifier.flush(5_000);
    expect(pauses).toEqual([200_000]);
  });

  test('the waits are the same in every process, and differ between notices', async () => {
    const twice = async () => {
      pauses = [];
      const notifier = started([scripted('k', busy, { ok: true }, busy, { ok: true }).channel]);
      await notifier.flush(5_000);
      return pauses;
    };
    await happen(undefined, signal('a'), signal('b'));
    const first = await twice();
    await journal.putValue(NOTICES_KEY, null);
    expect(await twice()).toEqual(first);
    expect(new Set(first).size).toBe(2);
  });

  test('a channel with a bug ends the notices, not the run', async () => {
    const channel: Channel = { key: 'k', label: 'l', deliver: () => Promise.reject(new Error('bug')) };
    const notifier = started([channel]);
    await happen(notifier, signal('a'));
    await expect(notifier.flush(5_000)).resolves.toHaveLength(1);
    notifier.onTimeline([signal('b')]);
    expect(warned.join()).toMatch(/^no more notices are sent/);
  });

  test('a journal that cannot be read ends the notices, not the run', async () => {
    const broken = {
      value: (name: string) => journal.value(name),
      putValue: () => Promise.reject(new Error('disk')),
      isOurs: async () => true,
      timeline: () => Promise.reject(new Error('damaged')),
    };
    const notifier = started([scripted('k').channel], { journal: broken });
    notifier.onTimeline([signal('a')]);
    await expect(notifier.flush(5_000)).resolves.toEqual([]);
    expect(warned).toHaveLength(1);
  });
});

describe('a later process', () => {
  test('goes on where the earlier one was', async () => {
    const first = scripted('k', { ok: true }, busy);
    const stuck = started([first.channel], { pause: () => new Promise(() => undefined) });
    await happen(stuck, noise, signal('a'), signal('b'), signal('c'));
    await settled(() => first.told.length === 2);
    // It dies here: nothing is flushed. Only what was delivered is known to have been.
    expect((await records())[0]).toMatchObject({ handled: 2, delivered: 1 });
    const second = scripted('k');
    const notifier = started([second.channel]);
    await happen(notifier, signal('d'));
    await notifier.flush(5_000);
    expect(first.told).toEqual(['a', 'b']);
    expect(second.told).toEqual(['b', 'c', 'd']);
    expect((await records())[0]).toMatchObject({ handled: 5, delivered: 4, waiting: 0 });
  });

  test('sends what a flush had no time for', async () => {
    const early = scripted('k', busy);
    // The real pause: flush ends it.
    const stuck = createNotifier({
      journal,
      channels: [early.channel],
      run: RUN,
      log: { warn: () => undefined },
    });
    await happen(stuck, signal('a'), signal('b'));
    await settled(() => early.told.length > 0);
    const undelivered = await stuck.flush(20);
    expect(undelivered.map(({ text }) => /by (\S)/.exec(text)?.[1])).toEqual(['a', 'b']);
    expect(undelivered.map(({ why }) => why)).toEqual(['answers with status 503', 'answers with status 503']);
    const { channel, told } = scripted('k');
    await started([channel]).flush(5_000);
    expect(told).toEqual(['a', 'b']);
  });

  test('a run with all notices delivered sends none again', async () => {
    const first = started([scripted('k').channel]);
    await happen(first, signal('a'), noise);
    await first.flush(5_000);
    const { channel, told } = scripted('k');
    await started([channel]).flush(5_000);
    expect(told).toEqual([]);
  });

  test('channels go on each from where it was', async () => {
    const notifier = started([scripted('one').channel]);
    await happen(notifier, signal('a'));
    await notifier.flush(5_000);
    await happen(undefined, signal('b'));
    const [one, other] = [scripted('one'), scripted('other')];
    await started([one.channel, other.channel]).flush(5_000);
    expect(one.told).toEqual(['b']);
    expect(other.told).toEqual(['a', 'b']);
  });

  test('that has taken the run over is alone: the earlier one sends nothing more', async () => {
    const { channel, told } = scripted('k');
    let isCurrent = true;
    const overtaken = {
      timeline: (from?: number) => journal.timeline(from),
      value: (name: string) => journal.value(name),
      putValue: () => Promise.reject(new Error('written by one that must not')),
      isOurs: async () => isCurrent,
    };
    await happen(undefined, signal('a'));
    isCurrent = false;
    const notifier = started([channel], { journal: overtaken });
    await notifier.flush(5_000);
    expect(told).toEqual([]);
    expect(warned).toEqual([]);
  });
});

test('when too many wait, the next one says how many were left out', async () => {
  const release: (() => void)[] = [];
  const told: string[] = [];
  const slow: Channel = {
    key: 'k',
    label: 'l',
    deliver: async ({ text }) => {
      told.push(text);
      if (told.length === 1) await new Promise<void>((resolve) => release.push(resolve));
      return { ok: true };
    },
  };
  const notifier = started([slow]);
  await happen(notifier, signal('first'));
  await settled(() => told.length === 1);
  await happen(notifier, ...Array.from({ length: 150 }, (_, i) => signal(String(i))));
  await settled(async () => (await journal.timeline()).length === 151);
  release.forEach((go) => go());
  expect(await notifier.flush(5_000)).toEqual([]);
  expect(told).toHaveLength(101);
  expect(told[1]).toMatch(/resumed by 50 .*\n\(50 earlier notices were left out/);
  expect(told[2]).not.toContain('left out');
  expect((await records())[0]).toMatchObject({ handled: 151, delivered: 101, omitted: 50, undelivered: 0 });
});

test('a closed channel counts its undelivered notices, and says why', async () => {
  const notifier = started([closedChannel('k', 'topic', 'a simulation publishes nothing')]);
  await happen(notifier, signal('a'), noise, signal('b'));
  expect(await notifier.flush(5_000)).toEqual([]);
  const [record] = await records();
  expect(record).toMatchObject({ handled: 3, delivered: 0, undelivered: 2, waiting: 0 });
  expect(record?.lastUndelivered.map(({ why }) => why)).toEqual(
    Array(2).fill('a simulation publishes nothing'),
  );
  expect(warned).toEqual([]);
});

test('over real connections: every way to fail, and each notice arrives', async () => {
  const behaviours = [
    answers(500),
    resets,
    answers(429, { 'retry-after': '120' }),
    neverAnswers,
    answers(200),
  ];
  const { url, received } = await receiver(inTurn(...behaviours));
  const notifier = started([webhookChannel({ key: 'k', label: 'l', url, timeoutMs: 1_000 })]);
  await happen(notifier, signal('a'), signal('b'));
  expect(await notifier.flush(20_000)).toEqual([]);
  expect(received.map(({ body }) => /by (\S)/.exec(body)?.[1])).toEqual(['a', 'a', 'a', 'a', 'a', 'b']);
  expect(pauses[2]).toBe(120_000);
  expect(await records()).toMatchObject([{ delivered: 2, undelivered: 0 }]);
});

/** Lets background work go on until something is so. */
async function settled(isSo: () => boolean | Promise<boolean>): Promise<void> {
  do await new Promise((resolve) => setImmediate(resolve));
  while (!(await isSo()));
}
