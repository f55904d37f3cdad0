import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openStreaks, subjectOf, switchOnActions, type Streaks } from '../../../src/backfill/scan/streaks.ts';
import { fc } from '../../property.ts';
import { captured } from '../classes/requests.ts';

const directory = mkdtempSync(join(tmpdir(), 'lifeboat-streaks-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const START = 1_598_032_800_000;
const LIMIT = 3;

function withStreaks<T>(body: (streaks: Streaks) => T): T {
  const streaks = openStreaks(join(directory, 'streaks.scratch'));
  try {
    return body(streaks);
  } finally {
    streaks.close();
  }
}

/** One character a second: `x` failed, `.` did not. */
const outcomes = (course: string, subject = 'hook', rule = 'helpdesk') =>
  [...course].map((character, index) => ({
    rule,
    switchesOffAfter: LIMIT,
    subject,
    source: 1,
    offset: index,
    at: START + index * 1_000,
    failed: character === 'x',
  }));

describe('a webhook that stops after three failures in a row', () => {
  test.each<[string, number | undefined]>([
    ['', undefined],
    ['..', undefined],
    ['xx', undefined],
    ['xxx', 2],
    ['x.xx', undefined],
    ['.x.xxx', 5],
    ['xxxxx', 2],
    ['xxx.', undefined],
    ['xxx.xxx', 6],
    ['xx.xx.xx', undefined],
  ])('%j: off at %s', (course, second) => {
    for (const reversed of [false, true]) {
      withStreaks((streaks) => {
        const all = outcomes(course);
        const failures = all.filter(({ failed }) => failed);
        for (const one of reversed ? failures.toReversed() : failures) streaks.see(one);
        streaks.spans();
        for (const one of reversed ? all.toReversed() : all) streaks.see(one);
        const expected =
          second === undefined
            ? []
            : [{ rule: 'helpdesk', calls: 'to hook', at: START + second * 1_000, failures: LIMIT }];
        expect(streaks.switchedOff()).toEqual({ named: expected, total: expected.length });
      });
    }
  });
});

test('each address and each rule has a streak of its own', () => {
  withStreaks((streaks) => {
    for (const one of [
      ...outcomes('xx', 'a'),
      ...outcomes('xx', 'b'),
      ...outcomes('xxx', 'c'),
      ...outcomes('xx', 'a', 'other'),
    ])
      streaks.see(one);
    expect(streaks.switchedOff().named.map(({ calls }) => calls)).toEqual(['to c']);
  });
});

describe('many machines', () => {
  const calls = (course: string, client: string) => outcomes(course).map((one) => ({ ...one, client }));
  const told = (...all: ReturnType<typeof calls>) =>
    withStreaks((streaks) => {
      for (const one of all) streaks.see(one);
      const { named, total } = streaks.switchedOff();
      return [named.map((one) => one.calls), total];
    });
  const later = (by: number, all: ReturnType<typeof calls>) =>
    all.map((one) => ({ ...one, at: one.at + by * 1_000, offset: one.offset + by }));

  test('one webhook calls from several: all their failures count', () => {
    expect(told(...calls('xx', '192.0.2.1'), ...later(10, calls('x', '192.0.2.2')))).toEqual([
      ['to hook'],
      1,
    ]);
  });

  test('of many clients some have stopped, while others go on', () => {
    const all = [
      ...calls('xxx', '192.0.2.1'),
      ...later(10, calls('xxx', '192.0.2.2')),
      ...later(20, calls('xx', '192.0.2.3')),
      ...later(30, calls('x.', '192.0.2.4')),
    ];
    expect(told(...all)).toEqual([['from 192.0.2.1', 'from 192.0.2.2'], 2]);
  });

  test('one that stopped is told once', () => {
    expect(told(...calls('.xxxx', '192.0.2.1'))).toEqual([['to hook'], 1]);
  });

  test('thousands are counted, not listed', () => {
    const all = Array.from({ length: 1_500 }, (_, n) => later(10 * n, calls('xxx', `client ${n}`))).flat();
    const success = later(1e6, calls('.', 'another'));
    withStreaks((streaks) => {
      for (const one of [...all, ...success]) streaks.see(one);
      const { named, total } = streaks.switchedOff();
      expect([named.length, total]).toEqual([1_000, 1_500]);
    });
  });
});

test('successes are looked for from the first failure of one that failed often enough', () => {
  withStreaks((streaks) => {
    for (const one of outcomes('xx', 'few')) streaks.see(one);
    for (const one of outcomes('.....x..x.x', 'many').filter(({ failed }) => failed)) streaks.see(one);
    expect(streaks.spans()).toEqual([{ from: START + 5_000, to: Number.MAX_SAFE_INTEGER }]);
  });
  withStreaks((streaks) => {
    for (const one of outcomes('xx')) streaks.see(one);
    expect(streaks.spans()).toEqual([]);
  });
});

test('it finds what reading in the order of time finds', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom('x', 'x', '.'), { maxLength: 30 }), (course) => {
      let failures = 0;
      let offAt: number | undefined;
      course.forEach((character, index) => {
        failures = character === 'x' ? failures + 1 : 0;
        if (failures === 0) offAt = undefined;
        if (failures === LIMIT) offAt = START + index * 1_000;
      });
      withStreaks((streaks) => {
        for (const one of outcomes(course.join('')).toReversed()) streaks.see(one);
        expect(streaks.switchedOff().named.map(({ at }) => at)).toEqual(offAt === undefined ? [] : [offAt]);
      });
    }),
    { numRuns: 60 },
  );
});

describe('what people are told', () => {
  const off = (calls: string) => ({ rule: 'helpdesk', calls, at: START, failures: 21 });

  test('one sentence each', () => {
    expect(switchOnActions({ named: [off('to api.example/hooks/1')], total: 1 })).toEqual([
      "'helpdesk' has switched itself off after 21 failures in a row, at 2020-08-21T18:00:00Z: switch it on again (its calls to api.example/hooks/1).",
    ]);
    expect(switchOnActions({ named: [], total: 0 })).toEqual([]);
  });

  test('at most a thousand, and how many there are', () => {
    const actions = switchOnActions({
      named: Array.from({ length: 1_000 }, (_, n) => off(`${n}`)),
      total: 1_500,
    });
    expect(actions).toHaveLength(21);
    expect(actions.at(-1)).toBe('1,480 more have switched themselves off: switch them on again.');
  });

  test('nothing of a log drives a terminal', () => {
    const [action = ''] = switchOnActions({ named: [off('\u001b[2J\nx')], total: 1 });
    expect(action).not.toMatch(/\p{Cc}/u);
  });

  test('the address that is called is host and path', () => {
    const request = captured({ client: '192.0.2.1', host: 'API.example:443', url: '/hooks/1?x=2' });
    expect(subjectOf(request)).toBe('api.example/hooks/1');
    expect(subjectOf(captured({ url: `/${'x'.repeat(5_000)}` }))).toHaveLength(200);
  });
});
