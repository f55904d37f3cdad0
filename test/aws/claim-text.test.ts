import * as fc from 'fast-check';
import {
  claimTag,
  claimText,
  parseClaimTag,
  parseClaimText,
  tellsOfParameter,
  unknownHolder,
} from '../../src/aws/claim/text.ts';
import type { Claim } from '../../src/workflow/base/effects.ts';
import { without } from './fixtures.ts';

const AT = Date.UTC(2026, 10, 20, 3);
const CLAIM: Claim = {
  runId: 'orders-20261120T0300-1',
  runbook: 'orders',
  mode: 'restore',
  by: 'arn:aws:sts::111111111111:assumed-role/oncall/alex',
  host: 'ops-7',
  at: AT,
  incidentAt: AT - 600_000,
  damagedAt: AT - 3_600_000,
};
const DRILL: Claim = { ...CLAIM, runId: 'orders-20261120T0200-1', mode: 'drill' };

const claims = fc.record<Claim>({
  runId: fc.stringMatching(/^[a-z][a-z0-9-]{0,39}-\d{8}T\d{4}-\d{1,3}$/),
  runbook: fc.constant('orders'),
  mode: fc.constantFrom('restore', 'drill'),
  by: fc.string({ unit: 'binary', maxLength: 400 }),
  host: fc.string({ unit: 'grapheme', maxLength: 300 }),
  at: fc.integer({ min: 0, max: 4e12 }),
  incidentAt: fc.integer({ min: 0, max: 4e12 }),
  damagedAt: fc.integer({ min: 0, max: 4e12 }),
});

describe('in a parameter', () => {
  test('is written and read again, with whom it was taken from', () => {
    expect(parseClaimText(claimText(CLAIM))).toEqual(CLAIM);
    expect(parseClaimText(claimText({ ...CLAIM, preempted: DRILL }))).toEqual({
      ...CLAIM,
      preempted: DRILL,
    });
  });

  test('is plain JSON that a person can read', () => {
    expect(JSON.parse(claimText(CLAIM))).toEqual(CLAIM);
  });

  test('never has what SSM takes for a reference, nor more than a standard parameter holds', () => {
    const hostile = { ...CLAIM, by: `{{ssm:secret}}${'x'.repeat(5_000)}`, host: '{{{{' };
    const text = claimText({ ...hostile, preempted: hostile });
    expect(text).not.toContain('{{');
    expect(text.length).toBeLessThan(4_096);
    expect(parseClaimText(text)?.by.startsWith('{{ssm:secret}}')).toBe(true);
  });

  test.each([
    ['nothing', ''],
    ['no JSON', 'orders'],
    ['a number', '7'],
    ['a list', '[]'],
    ['null', 'null'],
    ['too little', JSON.stringify({ runId: 'x' })],
    ['another mode', JSON.stringify({ ...CLAIM, mode: 'rehearsal' })],
    ['no run', JSON.stringify({ ...CLAIM, runId: '' })],
    ['an instant that is none', JSON.stringify({ ...CLAIM, at: 'now' })],
    ['an instant beyond time', JSON.stringify({ ...CLAIM, damagedAt: 1e17 })],
  ])('%s is no claim', (_what, text) => {
    expect(parseClaimText(text)).toBeUndefined();
  });

  test('what others wrote reaches no terminal unharmed', () => {
    const text = JSON.stringify({ ...CLAIM, by: '\u001b[2Jalex\r\nRESTORED', extra: true });
    expect(parseClaimText(text)).toEqual({ ...CLAIM, by: '[2Jalex RESTORED' });
  });
});

describe('in a tag', () => {
  test('is written and read again', () => {
    expect(parseClaimTag(claimTag(CLAIM))).toEqual(CLAIM);
  });

  test('fits, in characters that every service takes, and the run is never cut', () => {
    fc.assert(
      fc.property(claims, fc.boolean(), (claim, hasParameter) => {
        const value = claimTag(claim, hasParameter);
        expect(tellsOfParameter(value)).toBe(hasParameter);
        expect(value).toMatch(/^[A-Za-z0-9_-]{1,256}$/);
        expect(parseClaimTag(value)).toMatchObject(without(claim, 'by', 'host'));
      }),
      { seed: 7, numRuns: 300 },
    );
  });

  test('of a long ARN the end is kept, of a long host name the beginning', () => {
    const claim = { ...CLAIM, by: `${'x'.repeat(300)}/alex`, host: `ops-7.${'y'.repeat(300)}` };
    const told = parseClaimTag(claimTag(claim));
    expect(told?.by.endsWith('/alex')).toBe(true);
    expect(told?.host.startsWith('ops-7.')).toBe(true);
  });

  test.each([
    ['nothing', ''],
    ['words', 'held by alex'],
    ['no JSON', Buffer.from('orders').toString('base64url')],
    [
      'another format',
      Buffer.from(JSON.stringify([2, 'run', 'orders', 'drill', 1, 0, 0, '', ''])).toString('base64url'),
    ],
    ['too little', Buffer.from(JSON.stringify([1, 'run'])).toString('base64url')],
  ])('%s is no claim', (_what, value) => {
    expect(parseClaimTag(value)).toBeUndefined();
  });
});

test('an unknown holder is no drill: nobody takes it from them', () => {
  expect(unknownHolder('orders', AT, 'it cannot\nbe read')).toMatchObject({
    mode: 'restore',
    runId: 'unknown',
    by: 'unknown: it cannot be read',
  });
});
