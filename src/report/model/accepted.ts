import type { SnapshotFrom } from 'xstate';
import type { SignalKind } from '../../journal/journal.ts';
import { chooseQuestion } from '../../workflow/recovery/questions.ts';
import type { recoveryMachine } from '../../workflow/recovery/recovery-machine.ts';

export type RecoverySnapshot = SnapshotFrom<typeof recoveryMachine>;

const KINDS: readonly SignalKind[] = ['approve', 'reject', 'pause', 'resume', 'abort'];
/** A person who has not approved anything yet. */
const UNNAMED = '';

/**
 * The signals that the machine accepts, an approval without a name among them: the only source of what people are advised to do.
 * @param now as the driver wrote it last
 * @param next once the signals that wait for a driver have been heard
 */
export function acceptedSignals(
  now: RecoverySnapshot,
  next: RecoverySnapshot = now,
): ReadonlySet<SignalKind> {
  const isAccepted = (kind: SignalKind): boolean =>
    kind === 'approve'
      ? chooseQuestion(now.context, next.context, { by: UNNAMED }).question !== undefined
      : next.can({ type: kind, at: 0, by: UNNAMED });
  return new Set(KINDS.filter(isAccepted));
}
