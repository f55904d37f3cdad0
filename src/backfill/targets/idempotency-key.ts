import { hash } from 'node:crypto';
import type { RecordKey } from '../base/record.ts';

/** What fits into a key as it is; anything else is hashed. */
const SOURCES = 2 ** 12;
const POSITIONS = 2 ** 48;

/**
 * Keys of the records of one backfill: the same for every attempt at a record, another for every other record of any backfill. UUIDs (version 8) in quotes, as the header wants it: the first half
 * stands for the backfill, the second for the record; a message's is hashed as a whole.
 *
 * @param backfill its name
 * @example idempotencyKeys('orders-1')({ source: 1, position: 4711 }) // '"........-....-8...-8001-000000001267"'
 */
export function idempotencyKeys(backfill: string): (key: RecordKey) => string {
  const digest = hash('sha256', backfill, 'hex');
  const beginning = `"${digest.slice(0, 8)}-${digest.slice(8, 12)}-8${digest.slice(13, 16)}-`;
  return ({ source, position }) => {
    if (typeof position === 'string' || source >= SOURCES || position >= POSITIONS)
      return hashed(`${backfill}\n${source}\n${position}`);
    return `${beginning}8${source.toString(16).padStart(3, '0')}-${position.toString(16).padStart(12, '0')}"`;
  };
}

/** Of another variant of UUID than the others: they never meet. */
function hashed(text: string): string {
  const hex = hash('sha256', text, 'hex');
  return `"${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-b${hex.slice(17, 20)}-${hex.slice(20, 32)}"`;
}
