import { Agent, request } from 'undici';
import * as z from 'zod';
import { SECOND_MS } from '../../time.ts';
import { silent, type TrafficReader, type TrafficReading } from './traffic-reader.ts';

/** An answer is three numbers. */
const LONGEST_ANSWER = 65_536;
const LONGEST_WAIT_SECONDS = 5;
/** What such a page tells is commonly of the last two seconds or so: after half of them a change shows. */
const SHOWS_AFTER_SECONDS = 1;

const answerSchema = z
  .object({
    p99Ms: z.number().nonnegative().max(1e9).nullish(),
    errorRate: z.number().min(0).max(1).nullish(),
    requests: z.number().int().nonnegative().nullish(),
  })
  .refine(
    ({ p99Ms, errorRate, requests }) => p99Ms != null || errorRate != null || requests === 0,
    'neither p99Ms nor errorRate',
  );

/** Asks for `{ "p99Ms": 120, "errorRate": 0.001, "requests": 240 }`. Redirects are not followed; `null` is the same as absent. */
export function createUrlReader(url: string, everySeconds: number): TrafficReader {
  const { origin, pathname } = new URL(url);
  const waitMs = Math.min(LONGEST_WAIT_SECONDS, Math.max(1, everySeconds)) * SECOND_MS;
  const agent = new Agent({ connections: 1, connect: { timeout: waitMs } });
  return {
    // Without user, password and query.
    name: `${origin}${pathname}`,
    everySeconds,
    periodSeconds: everySeconds,
    delaySeconds: SHOWS_AFTER_SECONDS + everySeconds,
    async read(stop) {
      const timeout = AbortSignal.timeout(waitMs);
      try {
        return await ask(url, agent, AbortSignal.any([stop, timeout]));
      } catch (error) {
        if (timeout.aborted) return silent(`no answer within ${waitMs / SECOND_MS} s`);
        return silent(`no answer (${codeOf(error)})`);
      }
    },
    close: () => agent.destroy(),
  };
}

async function ask(url: string, dispatcher: Agent, signal: AbortSignal): Promise<TrafficReading> {
  const headers = { accept: 'application/json' };
  const { statusCode, body } = await request(url, { dispatcher, signal, headers });
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of body as AsyncIterable<Buffer>) {
    length += part.length;
    if (length > LONGEST_ANSWER) return silent(`its answer is longer than ${LONGEST_ANSWER} bytes`);
    parts.push(part);
  }
  if (statusCode !== 200) return silent(`it answers ${statusCode}`);
  return readingOf(Buffer.concat(parts).toString('utf8'));
}

function readingOf(text: string): TrafficReading {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return silent('its answer is not JSON');
  }
  const { data, error } = answerSchema.safeParse(value);
  if (data === undefined) {
    const issue = error?.issues[0];
    const path = issue?.path.join('.') ?? '';
    return silent(
      `its answer is not as expected: ${path === '' ? '' : `${path}: `}${issue?.message ?? 'unknown'}`,
    );
  }
  const { p99Ms, errorRate, requests } = data;
  return {
    sample: {
      ...(p99Ms != null && { p99Ms }),
      ...(errorRate != null && { errorRate }),
      ...(requests != null && { requests }),
    },
  };
}

function codeOf(error: unknown): string {
  const { code, name } = error as { readonly code?: unknown; readonly name?: unknown };
  return typeof code === 'string' ? code : String(name);
}
