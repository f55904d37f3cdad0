import { DescribeKeyCommand } from '@aws-sdk/client-kms';
import type { Inventory } from '../../inventory/schema.ts';
import type { CallAws } from '../../workflow/base/executor.ts';
import type { CaptureReads } from './reads.ts';
import type { Sender } from '../clients.ts';
import { classify } from '../request-failures.ts';

type KmsKey = Inventory['kmsKeys'][number];

/** Requests under way at once: an account has a key for each team, not for each volume. */
const AT_ONCE = 4;
const STATES: ReadonlySet<string> = new Set<KmsKey['state']>([
  ...(['Enabled', 'Disabled', 'PendingDeletion', 'PendingImport'] as const),
  ...(['Unavailable', 'Creating', 'Updating', 'PendingReplicaDeletion'] as const),
]);

/** The state of each key, told by the name under which it was found. */
export async function captureKeys(
  reads: CaptureReads,
  kms: Sender<'kms'> | undefined,
  call: CallAws,
  ids: readonly string[],
): Promise<KmsKey[]> {
  const keys = distinctKeys(ids);
  if (keys.length === 0) return [];
  if (kms === undefined) {
    reads.lacking('DescribeKey');
    return [];
  }
  const found = new Map<string, KmsKey>();
  const waiting = [...keys];
  const work = async (): Promise<void> => {
    for (let id = waiting.shift(); id !== undefined; id = waiting.shift()) {
      const key = await readKey(reads, kms, call, id);
      if (key !== undefined) found.set(id, key);
    }
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, keys.length) }, work));
  return keys.flatMap((id) => found.get(id) ?? []);
}

/** A key may be named by its id here and by its ARN there. Sorted, so that captures can be compared. */
function distinctKeys(ids: readonly string[]): readonly string[] {
  const byId = new Map<string, string>();
  for (const id of [...new Set(ids)].sort()) {
    const short = id.slice(id.lastIndexOf('/') + 1);
    if (!byId.has(short)) byId.set(short, id);
  }
  return [...byId.values()].sort();
}

function readKey(
  reads: CaptureReads,
  kms: Sender<'kms'>,
  call: CallAws,
  id: string,
): Promise<KmsKey | undefined> {
  return reads.read('kms', 'DescribeKey', async () => {
    const command = new DescribeKeyCommand({ KeyId: id });
    const answer = await call('DescribeKey', () => kms.send(command)).catch((error: unknown) => {
      // A key that KMS does not know cannot decrypt: that is a result, not a failed read.
      if (classify(error).code === 'NotFoundException') return 'unknown' as const;
      throw error;
    });
    if (answer === 'unknown') return { id, state: 'Unavailable' };
    const state = answer.KeyMetadata?.KeyState;
    return state !== undefined && isState(state) ? { id, state } : undefined;
  });
}

function isState(state: string): state is KmsKey['state'] {
  return STATES.has(state);
}
