import type { limitCalls } from '../../../src/aws/limits.ts';
import type { redactor } from '../../../src/backfill/targets/redaction.ts';
import type { jsonText } from '../../../src/document/json-text.ts';
import type { endsBeforePause } from '../../../src/driver/signals/interruption.ts';
import { variant, type Variant } from '../variant.ts';

/** Hostile surroundings: endpoints that stall, targets that repeat secrets, text that steers a terminal. */
export const hostile: readonly Variant[] = [
  variant<typeof limitCalls>({
    name: 'requests-have-no-limit',
    breaks: 'Every request to AWS is bounded in time, its answer included.',
    seam: 'limitCalls',
    // Of the size it stays bounded: a test without that would take all memory.
    how: (limitCalls) => (client, limits) =>
      limitCalls(client, { wholeMs: 1_000_000_000, mostBytes: limits?.mostBytes ?? 1_000_000 }),
    tests: [{ path: 'test/aws/limits.test.ts', name: 'of any service: hang' }],
  }),
  variant<typeof endsBeforePause>({
    name: 'a-pause-waits-for-aws',
    breaks: 'A pause is heard while AWS does not answer.',
    seam: 'endsBeforePause',
    how: () => async (work) => {
      await work;
      return true;
    },
    tests: [{ path: 'test/driver/interruption.test.ts', name: 'what was not begun is not sent' }],
  }),
  variant<typeof redactor>({
    name: 'secrets-are-not-redacted',
    breaks: 'A secret that a target repeats is not written down.',
    seam: 'redactor',
    how: () => () => (text) => text,
    tests: [{ path: 'test/backfill/targets/redaction.test.ts' }],
  }),
  variant<typeof jsonText>({
    name: 'json-steers-terminals',
    breaks: 'JSON output holds nothing that a terminal obeys.',
    seam: 'jsonText',
    how: () => (json) => json,
    tests: [{ path: 'test/cli/session/terminal.test.ts', name: 'nothing that a terminal obeys' }],
  }),
];
