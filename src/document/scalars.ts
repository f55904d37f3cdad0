import * as z from 'zod';
import { expected } from './expected.ts';
import { DAY_MS, parseDuration, parseInstant, SECOND_MS } from '../time.ts';

/** Ten years: a longer objective is a mistake, and sums of such numbers exceed the range of a date. */
const MAX_DURATION_SECONDS = (3_650 * DAY_MS) / SECOND_MS;

/** `6h` and the like; seconds once parsed. */
export const duration = z
  .string({ error: 'a duration such as 45s, 30m, 6h or 7d' })
  .meta({ pattern: '^(\\d+(\\.\\d+)?(ms|[smhdw]))+$', examples: ['45s', '30m', '6h', '7d'] })
  .transform((text, context) => {
    const seconds = parseDuration(text);
    if (seconds === undefined || seconds <= 0) {
      context.addIssue({
        code: 'custom',
        ...expected(`a duration such as 45s, 30m, 6h or 7d`),
      });
      return z.NEVER;
    }
    if (seconds > MAX_DURATION_SECONDS) {
      context.addIssue({ code: 'custom', ...expected('a duration of at most 3650d') });
      return z.NEVER;
    }
    return seconds;
  });

/** ISO 8601 with a zone; milliseconds since the epoch once parsed. */
export const instant = z
  .string({ error: 'an instant such as 2026-11-20T03:00:00Z' })
  .meta({ format: 'date-time' })
  .transform((text, context) => {
    const at = parseInstant(text);
    if (at === undefined) {
      context.addIssue({
        code: 'custom',
        ...expected(`an instant such as 2026-11-20T03:00:00Z`),
      });
      return z.NEVER;
    }
    return at;
  });

/** `99.5%`; 99.5 once parsed. */
export const percent = z
  .string({ error: 'a percentage such as 99.5%' })
  .meta({ pattern: '^\\d+(\\.\\d+)?\\s*%$', examples: ['99.5%'] })
  .transform((text, context) => {
    const value = /^(\d+(?:\.\d+)?)\s*%$/.exec(text)?.[1];
    if (value === undefined || Number(value) > 100) {
      context.addIssue({ code: 'custom', ...expected(`a percentage from 0% to 100%`) });
      return z.NEVER;
    }
    return Number(value);
  });
