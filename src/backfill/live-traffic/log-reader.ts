import type { FieldMapping } from '../../runbook/backfill-schema.ts';
import { SECOND_MS } from '../../time.ts';
import { isObject, pathOf, valueAt, type Path } from '../formats/json-values.ts';
import type { TrafficReader } from './traffic-reader.ts';
import { LogTail } from './log-tail.ts';
import { RecentRequests } from './recent-requests.ts';

const WINDOW_SECONDS = 2;
/** A log without new lines means no traffic or no log; after this time it counts as no log. */
const STILL_SECONDS = 10;
const STILL_PERIODS = 5;

/**
 * Follows a log of the live traffic: lines of JSON with `latency` (seconds) and `status`, under these names or where `fields` says. A line counts at
 * the instant it is read, not at its own time.
 *
 * @param clock milliseconds of a clock that never jumps
 */
export function createLogReader(
  path: string,
  everySeconds: number,
  fields: FieldMapping,
  clock: () => number = () => performance.now(),
): TrafficReader {
  const { latency = 'latency', status = 'status' } = fields;
  const paths = { latency: pathOf(latency), status: pathOf(status) };
  const windowSeconds = Math.max(WINDOW_SECONDS, 2 * everySeconds);
  const tail = new LogTail(path);
  const recent = new RecentRequests(windowSeconds * SECOND_MS);
  const stillMs = Math.max(STILL_SECONDS, STILL_PERIODS * everySeconds) * SECOND_MS;
  let usefulAtMs = clock();
  let strangeLines = 0;
  return {
    name: path,
    everySeconds,
    periodSeconds: everySeconds,
    delaySeconds: windowSeconds / 2 + everySeconds,
    async read() {
      const { lines, why } = await tail.read();
      const nowMs = clock();
      for (const line of lines) {
        const request = liveRequest(line, paths);
        if (request === undefined) strangeLines += 1;
        else {
          recent.add(nowMs, request.latencyMs, request.bad);
          usefulAtMs = nowMs;
          strangeLines = 0;
        }
      }
      if (why !== undefined) return { sample: 'silent', why };
      if (nowMs - usefulAtMs <= stillMs) return { sample: recent.sample(nowMs) };
      const strange = `none of its lines is JSON with '${latency}' and '${status}'`;
      return {
        sample: 'silent',
        why: `${path}: ${strangeLines > 0 ? strange : 'nothing was written to it lately'}`,
      };
    },
    close: () => tail.close(),
  };
}

function liveRequest(
  line: string,
  { latency, status }: { readonly latency: Path; readonly status: Path },
): { readonly latencyMs: number; readonly bad: boolean } | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (!isObject(value)) return undefined;
  const seconds = numberOf(valueAt(value, latency));
  const code = numberOf(valueAt(value, status));
  if (seconds === undefined || code === undefined || seconds < 0 || code < 0 || code > 999) return undefined;
  // Some write 0 where no answer came.
  return { latencyMs: seconds * SECOND_MS, bad: code >= 500 || code === 0 };
}

/** Also of text: some servers write every value in quotes. */
function numberOf(value: unknown): number | undefined {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : undefined;
}
