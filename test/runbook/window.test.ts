import { fc } from '../property.ts';
import { refusal } from '../document/support.ts';
import { closesAt, isOpen, opensAt, parseWindow, windowOf } from '../../src/runbook/window.ts';
import type { ChangeWindow } from '../../src/runbook/window.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS, formatInstant } from '../../src/time.ts';

const at = (text: string) => Date.parse(text);

describe('what a window says', () => {
  const hours = { fromMinutes: 360, toMinutes: 600, zone: 'UTC' };
  test.each<[string, ChangeWindow['periods']]>([
    ['Mon-Fri 06:00-10:00 UTC', [{ days: [1, 2, 3, 4, 5], ...hours }]],
    ['Mon-Fri 06:00-10:00', [{ days: [1, 2, 3, 4, 5], ...hours }]],
    [' mon - FRI  06:00 - 10:00  utc ', [{ days: [1, 2, 3, 4, 5], ...hours }]],
    ['Monday,wed,Fri 06:00-10:00 UTC', [{ days: [1, 3, 5], ...hours }]],
    ['Fri, Mon-Wed, Tue 06:00-10:00 UTC', [{ days: [1, 2, 3, 5], ...hours }]],
    ['Fri-Mon 06:00-10:00 UTC', [{ days: [1, 5, 6, 7], ...hours }]],
    ['Sun-Sun 06:00-10:00 UTC', [{ days: [7], ...hours }]],
    ['Mon-Sun 06:00-10:00 UTC', [{ days: [1, 2, 3, 4, 5, 6, 7], ...hours }]],
    [
      'daily 22:00-02:00 UTC',
      [{ days: [1, 2, 3, 4, 5, 6, 7], fromMinutes: 1_320, toMinutes: 1_560, zone: 'UTC' }],
    ],
    ['Sat 00:00-24:00 UTC', [{ days: [6], fromMinutes: 0, toMinutes: 1_440, zone: 'UTC' }]],
    ['Sat 22:00-00:00 UTC', [{ days: [6], fromMinutes: 1_320, toMinutes: 1_440, zone: 'UTC' }]],
    [
      'Mon 06:00-10:00 Europe/Berlin; Tue 06:00-10:00 America/Argentina/Buenos_Aires',
      [
        { days: [1], ...hours, zone: 'Europe/Berlin' },
        { days: [2], ...hours, zone: 'America/Argentina/Buenos_Aires' },
      ],
    ],
  ])('%s', (text, periods) => {
    expect(parseWindow(text)).toEqual({ ok: true, window: { periods } });
  });

  test.each<[string, string]>([
    ['', "'' is not days, hours and a zone"],
    ['Mon-Fri', "'Mon-Fri' is not days, hours and a zone"],
    ['06:00-10:00 UTC', "'06:00-10:00 UTC' is not days, hours and a zone"],
    ['Mon 06:00-10:00 UTC please', 'is not days, hours and a zone'],
    ['Mon 06:00-10:00;', "'' is not days, hours and a zone"],
    ['Mo 06:00-10:00', "'Mo' is not a day"],
    ['Mon-Wed-Fri 06:00-10:00', "'Mon-Wed-Fri' is not a day or a range of days"],
    ['Mon, 06:00-10:00', "'' is not a day"],
    ['Mon 6:00-10:00', "'6:00' is not a time from 00:00 to 23:59"],
    ['Mon 06:60-10:00', "'06:60' is not a time"],
    ['Mon 24:00-10:00', "'24:00' is not a time from 00:00 to 23:59"],
    ['Mon 06:00-24:01', "'24:01' is not a time from 00:00 to 24:00"],
    ['Mon 06:00-06:00', 'it begins and ends at 06:00; for a whole day write 00:00-24:00'],
    ['Mon 06:00-10:00 EST', "'EST' is not a zone of the IANA database"],
    ['Mon 06:00-10:00 +01:00', "'+01:00' is not a zone of the IANA database"],
    ['Mon 06:00-10:00 Mars/Olympus', "'Mars/Olympus' is not a zone"],
    ['Mon 06:00-10:00; Tue 06:00-10:00 Europe/Berlin', 'some periods name a zone and some do not'],
    ['\u001b[2J 06:00-10:00', "'\\u{1b}[2J' is not a day"],
  ])('%p is refused', (text, why) => {
    const parsed = parseWindow(text);
    if (parsed.ok) throw new Error('it was taken');
    expect(parsed.complaint).toContain(why);
    expect(parsed.complaint).toContain("expected a window such as 'Mon-Fri 06:00-10:00 UTC'");
    expect(parsed.suggestion).toBeUndefined();
  });

  test('a zone that is misspelt is guessed', () => {
    expect(parseWindow('Mon 06:00-10:00 Europe/Berln')).toMatchObject({
      ok: false,
      suggestion: 'Mon 06:00-10:00 Europe/Berlin',
    });
  });

  test('there is a limit to what is read', () => {
    const complaint = (text: string) => {
      const parsed = parseWindow(text);
      return parsed.ok ? undefined : parsed.complaint;
    };
    expect(complaint(Array(50).fill('Mon 06:00-10:00').join(';'))).toBeUndefined();
    expect(complaint(Array(51).fill('Mon 06:00-10:00').join(';'))).toContain('it has more than 50 periods');
    expect(complaint(' '.repeat(100_000))).toContain('it has more than 2000 characters');
  });

  test('one that was valid is read at once, another is an error', () => {
    expect(windowOf('Sat 00:00-24:00 UTC').periods).toHaveLength(1);
    expect(refusal(() => windowOf('Sat')).code).toBe('INVALID_RUNBOOK');
  });
});

describe('when it is open', () => {
  // 2026-11-20 is a Friday.
  test.each<[string, string, boolean, string, string | undefined]>([
    ['Mon-Fri 06:00-10:00 UTC', '2026-11-20T06:00:00Z', true, '2026-11-20T06:00:00Z', '2026-11-20T10:00:00Z'],
    [
      'Mon-Fri 06:00-10:00 UTC',
      '2026-11-20T09:59:59.999Z',
      true,
      '2026-11-20T09:59:59.999Z',
      '2026-11-20T10:00:00Z',
    ],
    [
      'Mon-Fri 06:00-10:00 UTC',
      '2026-11-20T10:00:00Z',
      false,
      '2026-11-23T06:00:00Z',
      '2026-11-23T10:00:00Z',
    ],
    [
      'Mon-Fri 06:00-10:00 UTC',
      '2026-11-20T05:59:59.999Z',
      false,
      '2026-11-20T06:00:00Z',
      '2026-11-20T10:00:00Z',
    ],
    // Past midnight it belongs to the day it began.
    ['Fri 22:00-02:00 UTC', '2026-11-21T01:59:00Z', true, '2026-11-21T01:59:00Z', '2026-11-21T02:00:00Z'],
    ['Fri 22:00-02:00 UTC', '2026-11-20T01:59:00Z', false, '2026-11-20T22:00:00Z', '2026-11-21T02:00:00Z'],
    ['Sun 22:00-02:00 UTC', '2026-11-23T01:00:00Z', true, '2026-11-23T01:00:00Z', '2026-11-23T02:00:00Z'],
    // Neighbours are one opening.
    [
      'Fri 22:00-24:00; Sat 00:00-05:00',
      '2026-11-20T23:00:00Z',
      true,
      '2026-11-20T23:00:00Z',
      '2026-11-21T05:00:00Z',
    ],
    ['daily 00:00-24:00 UTC', '2026-11-20T23:00:00Z', true, '2026-11-20T23:00:00Z', undefined],
    [
      'Fri 06:00-07:00 Europe/Berlin',
      '2026-11-20T05:30:00Z',
      true,
      '2026-11-20T05:30:00Z',
      '2026-11-20T06:00:00Z',
    ],
    [
      'Fri 06:00-07:00 Europe/Berlin',
      '2026-07-17T05:30:00Z',
      false,
      '2026-07-24T04:00:00Z',
      '2026-07-24T05:00:00Z',
    ],
    [
      'Sat 00:00-01:00 Asia/Kathmandu',
      '2026-11-20T18:15:00Z',
      true,
      '2026-11-20T18:15:00Z',
      '2026-11-20T19:15:00Z',
    ],
    // Berlin on 2026-03-29: from 02:00 straight to 03:00. What lies in the hour left out does not happen that day.
    [
      'Sun 02:00-03:00 Europe/Berlin',
      '2026-03-28T12:00:00Z',
      false,
      '2026-04-05T00:00:00Z',
      '2026-04-05T01:00:00Z',
    ],
    [
      'Sun 01:30-02:30 Europe/Berlin',
      '2026-03-28T12:00:00Z',
      false,
      '2026-03-29T00:30:00Z',
      '2026-03-29T01:00:00Z',
    ],
    [
      'Sun 02:30-03:30 Europe/Berlin',
      '2026-03-28T12:00:00Z',
      false,
      '2026-03-29T01:00:00Z',
      '2026-03-29T01:30:00Z',
    ],
    [
      'Sat 22:00-04:00 Europe/Berlin',
      '2026-03-28T12:00:00Z',
      false,
      '2026-03-28T21:00:00Z',
      '2026-03-29T02:00:00Z',
    ],
    // Berlin on 2026-10-25: 02:00 to 03:00 comes twice, and counts both times.
    [
      'Sun 02:00-03:00 Europe/Berlin',
      '2026-10-24T12:00:00Z',
      false,
      '2026-10-25T00:00:00Z',
      '2026-10-25T02:00:00Z',
    ],
    [
      'Sun 02:00-02:30 Europe/Berlin',
      '2026-10-25T00:30:00Z',
      false,
      '2026-10-25T01:00:00Z',
      '2026-10-25T01:30:00Z',
    ],
    [
      'Sat 22:00-04:00 Europe/Berlin',
      '2026-10-24T12:00:00Z',
      false,
      '2026-10-24T20:00:00Z',
      '2026-10-25T03:00:00Z',
    ],
    // Half an hour of daylight saving.
    [
      'Sun 02:00-02:45 Australia/Lord_Howe',
      '2026-10-03T12:00:00Z',
      false,
      '2026-10-03T15:30:00Z',
      '2026-10-03T15:45:00Z',
    ],
  ])('%s at %s', (text, instant, open, opens, closes) => {
    const window = windowOf(text);
    expect(isOpen(window, at(instant))).toBe(open);
    expect(new Date(opensAt(window, at(instant))).toISOString()).toBe(new Date(opens).toISOString());
    const end = closesAt(window, at(instant));
    expect(end === undefined ? undefined : formatInstant(end)).toBe(closes);
  });
});

describe('against an oracle that looks at the clock on the wall every minute', () => {
  const ZONES = ['UTC', 'Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kathmandu'];
  // Around the changes of the clocks of those zones.
  const STARTS = [
    '2026-03-06T00:00:00Z',
    '2026-03-27T00:00:00Z',
    '2026-10-02T00:00:00Z',
    '2026-10-24T00:00:00Z',
  ];
  const MINUTES = (4 * DAY_MS) / MINUTE_MS;
  const DAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];

  /** What the clocks of a zone show at each minute: `Sat 23:59`. */
  const walls = new Map<string, readonly string[]>();
  const wallsOf = (zone: string, start: string): readonly string[] => {
    const key = `${zone} ${start}`;
    const format = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      weekday: 'short',
      hour: '2-digit',
      minute: '2-digit',
      hourCycle: 'h23',
    });
    const known =
      walls.get(key) ?? Array.from({ length: MINUTES }, (_, i) => format.format(at(start) + i * MINUTE_MS));
    walls.set(key, known);
    return known;
  };

  interface Written {
    readonly days: readonly string[];
    readonly from: number;
    readonly to: number;
  }
  const clock = (minutes: number) =>
    `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;
  const isOpenOnWall = ({ days, from, to }: Written, wall: string): boolean => {
    const [day = '', time = ''] = wall.split(' ');
    const yesterday = DAYS[(DAYS.indexOf(day) + 6) % 7] ?? '';
    if (from < to) return days.includes(day) && time >= clock(from) && time < clock(to);
    return (days.includes(day) && time >= clock(from)) || (days.includes(yesterday) && time < clock(to));
  };

  const period = fc
    .record({
      days: fc.subarray(DAYS, { minLength: 1 }),
      // Near the changes, too: at and around 02:00.
      from: fc.oneof(fc.integer({ min: 0, max: 1_439 }), fc.integer({ min: 60, max: 200 })),
      to: fc.oneof(fc.integer({ min: 0, max: 1_440 }), fc.integer({ min: 60, max: 200 })),
    })
    .filter(({ from, to }) => from !== to);

  test('open, opens and closes agree', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...ZONES),
        fc.constantFrom(...STARTS),
        fc.array(period, { minLength: 1, maxLength: 3 }),
        fc.integer({ min: 0, max: MINUTES - 1 }),
        (zone, start, periods, minute) => {
          const text = periods
            .map(({ days, from, to }) => `${days.join(',')} ${clock(from)}-${clock(to)} ${zone}`)
            .join('; ');
          const window = windowOf(text);
          const open = wallsOf(zone, start).map((wall) => periods.some((one) => isOpenOnWall(one, wall)));
          const instant = (index: number) => at(start) + index * MINUTE_MS;
          expect(isOpen(window, instant(minute))).toBe(open[minute]);
          expect(isOpen(window, instant(minute) + MINUTE_MS - 1)).toBe(open[minute]);
          // Beyond the table the oracle knows nothing: then the answer must lie there, too.
          const opens = open.indexOf(true, minute);
          const said = opensAt(window, instant(minute));
          if (opens < 0) expect(said).toBeGreaterThanOrEqual(instant(MINUTES));
          else expect(said).toBe(instant(opens));
          if (opens < 0) return;
          const closes = open.indexOf(false, opens);
          const end = closesAt(window, instant(minute)) ?? Infinity;
          if (closes < 0) expect(end).toBeGreaterThanOrEqual(instant(MINUTES));
          else expect(end).toBe(instant(closes));
        },
      ),
      { numRuns: 150 },
    );
  });

  test('the oracle has seen both kinds of change', () => {
    const berlin = (start: string) =>
      wallsOf('Europe/Berlin', start).filter((wall) => wall === 'Sun 02:30').length;
    expect(STARTS.map(berlin)).toEqual([1, 0, 1, 2]);
  });
});

test('opening is found from anywhere within an hour of any instant', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: at('2000-01-01T00:00:00Z'), max: at('2100-01-01T00:00:00Z') }),
      (instant) => {
        const window = windowOf('Sun 03:00-04:00 America/New_York');
        const opens = opensAt(window, instant);
        expect(isOpen(window, opens)).toBe(true);
        expect(opens - instant).toBeLessThanOrEqual(7 * DAY_MS + HOUR_MS);
        if (opens > instant) expect(isOpen(window, opens - 1)).toBe(false);
      },
    ),
  );
});
