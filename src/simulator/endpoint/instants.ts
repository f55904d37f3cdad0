import type { Instant } from '../../time.ts';

/** A copy of an input or output with its instants moved. */
export function withInstants(value: object, move: (at: Instant) => Instant): object {
  return moved(value, move) as object;
}

function moved(value: unknown, move: (at: Instant) => Instant): unknown {
  if (value instanceof Date) return new Date(move(value.getTime()));
  if (Array.isArray(value)) return value.map((entry) => moved(entry, move));
  if (!isPlain(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [
      name,
      isMilliseconds(name, inner) ? String(move(Number(inner))) : moved(inner, move),
    ]),
  );
}

/** Among the attributes of a message of SQS, which are texts, some are instants. */
function isMilliseconds(name: string, value: unknown): boolean {
  return /^(Sent|ApproximateFirstReceive)Timestamp$/.test(name) && typeof value === 'string';
}

/** Bytes and streams are not. */
function isPlain(value: unknown): value is object {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}
