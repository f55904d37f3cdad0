import { fc } from '../../property.ts';
import { isoInstant, utcInstant } from '../../../src/backfill/lines/calendar.ts';
import { clfInstant } from '../../../src/backfill/lines/clf-time.ts';
import { parseInstant } from '../../../src/time.ts';

const instant = fc.integer({ min: 0, max: Date.UTC(9_999, 11, 31, 23, 59, 59) });
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const utc = (text: string): number => utcInstant(Buffer.from(text), 0, text.length);

function clf(at: number, offsetMinutes: number): string {
  const local = new Date(at + offsetMinutes * 60_000);
  const two = (value: number): string => String(value).padStart(2, '0');
  const zone = `${offsetMinutes < 0 ? '-' : '+'}${two(Math.floor(Math.abs(offsetMinutes) / 60))}${two(Math.abs(offsetMinutes) % 60)}`;
  const day = `${two(local.getUTCDate())}/${MONTHS[local.getUTCMonth()]}/${String(local.getUTCFullYear()).padStart(4, '0')}`;
  return `${day}:${local.toISOString().slice(11, 19)} ${zone}`;
}

test('every instant is read as it was written', () => {
  fc.assert(
    fc.property(instant, fc.integer({ min: -14 * 60, max: 14 * 60 }), (at, offset) => {
      const text = new Date(at).toISOString();
      expect(utc(text)).toBe(at);
      expect(utc(text.replace('Z', '999999Z'))).toBe(at);
      expect(isoInstant(text)).toBe(at);
      const seconds = at - (at % 1_000);
      // Years of five digits and before 1970 are out of range.
      fc.pre(seconds > 86_400_000 && seconds < Date.UTC(9_999, 0));
      expect(clfInstant(Buffer.from(clf(seconds, offset)), 0)).toBe(seconds);
      const zone = clf(seconds, offset).slice(-5);
      const local = new Date(seconds + offset * 60_000).toISOString().replace('Z', zone);
      expect(isoInstant(local)).toBe(seconds);
      expect(isoInstant(`${local.slice(0, -2)}:${local.slice(-2)}`)).toBe(seconds);
    }),
  );
});

test('each day of 1970 to 2400 exists as often as in the calendar', () => {
  const two = (value: number): string => String(value).padStart(2, '0');
  for (let year = 1970; year <= 2400; year += 1) {
    for (const [month, day] of [
      [1, 1],
      [2, 28],
      [2, 29],
      [3, 1],
      [4, 31],
      [12, 31],
    ] as const) {
      const text = `${year}-${two(month)}-${two(day)}T00:00:00Z`;
      const at = Date.UTC(year, month - 1, day);
      const exists = new Date(at).getUTCDate() === day;
      expect([text, utc(text)]).toEqual([text, exists ? at : -1]);
    }
  }
});

test.each([
  '',
  '2021-04-01T12:00:00',
  '2021-04-01T12:00:00.Z',
  '2021-04-01T12:00:00.12x4Z',
  '2021-04-01T12:00:00.0000000000000000Z',
  '2021-04-01T12:00:60Z',
  '2021-04-01T24:00:00Z',
  '2021-04-01T12:60:00Z',
  '2021-00-01T12:00:00Z',
  '2021-13-01T12:00:00Z',
  '2021-04-00T12:00:00Z',
  '1969-12-31T23:59:59Z',
  '2021/04/01T12:00:00Z',
  '2021-04-01T12.00.00Z',
  '2021-04-01_12:00:00Z',
  '+021-04-01T12:00:00Z',
  '2021-04-01T12:00:00ZZ',
])('%j is no time', (text) => {
  expect(utc(text)).toBe(-1);
  expect(isoInstant(text)).toBe(-1);
});

test.each([
  '10/Oct/2000:13:55:36  0700',
  '10/Oct/2000:13:55:36 -07:0',
  '10/oct/2000:13:55:36 -0700',
  '32/Oct/2000:13:55:36 -0700',
  '10-Oct-2000:13:55:36 -0700',
  '10/Oct/2000 13:55:36 -0700',
  '10/Oct/20x0:13:55:36 -0700',
])('%j is no time of a combined log', (text) => {
  expect(clfInstant(Buffer.from(text), 0)).toBe(-1);
});

test('what both read, both read alike', () => {
  for (const text of [
    '2021-04-01T12:00:00.5Z',
    '2021-04-01T12:00:00+05:30',
    '2021-04-01T12:00:00.123-08:00',
  ]) {
    expect(isoInstant(text)).toBe(parseInstant(text));
  }
});
