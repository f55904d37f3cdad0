import { createHash } from 'node:crypto';
import type { Signal } from './journal.ts';

/**
 * Checksum of a signal. Not secret: a user who may write the journal and knows this code can compute it. It distinguishes signals that `lifeboat` wrote
 * from others.
 */
export function sealOf(runId: string, { id, at, kind, by, reason, ...detail }: Signal): string {
  return createHash('sha256')
    .update(JSON.stringify([runId, id, at, kind, by, reason ?? null, detail]))
    .digest('hex');
}
