import type { Gate } from '../../workflow/recovery/recovery-context.ts';
import type { RunRecord } from '../journal.ts';

/** What records of version 1 did not have; each stands for "there was no such thing then". */
const ADDED = {
  waivers: [],
  forensics: [],
  protects: false,
  notify: [],
  startedBy: '',
  startedOn: '',
} as const satisfies Partial<RunRecord>;

type StoredGate = Omit<Gate, 'id' | 'kind'> & Partial<Gate>;

/** A record as any version wrote it. */
export type StoredRecord = Omit<RunRecord, keyof typeof ADDED | 'gates'> &
  Partial<Pick<RunRecord, keyof typeof ADDED>> & { readonly gates: readonly StoredGate[] };

/** The record as this version knows it. What is written stays as it was. */
export function asPresent(stored: StoredRecord): RunRecord {
  return { ...ADDED, ...stored, gates: stored.gates.map(withIdentity) };
}

/** Version 1 named no kinds: each of its gates was opened by approvals, and `why` says what for. */
function withIdentity(gate: StoredGate, index: number): Gate {
  const kind = gate.kind ?? 'approvals';
  return { id: `${gate.before}/${kind}/${index + 1}`, kind, ...gate };
}
