import type { Gate } from '../../workflow/recovery/recovery-context.ts';
import type { RunRecord } from '../journal.ts';

/** Defaults for fields that records of version 1 did not have: the features did not exist then. */
const ADDED = {
  waivers: [],
  forensics: [],
  protects: false,
  notify: [],
  startedBy: '',
  startedOn: '',
} as const satisfies Partial<RunRecord>;

type StoredGate = Omit<Gate, 'id' | 'kind'> & Partial<Gate>;

/** A record of any version. */
export type StoredRecord = Omit<RunRecord, keyof typeof ADDED | 'gates'> &
  Partial<Pick<RunRecord, keyof typeof ADDED>> & { readonly gates: readonly StoredGate[] };

/** The record in the form of this version. The stored record is not changed. */
export function asPresent(stored: StoredRecord): RunRecord {
  return { ...ADDED, ...stored, gates: stored.gates.map(withIdentity) };
}

/** Version 1 had no kinds of gates: each was opened by approvals, and `why` gives the reason. */
function withIdentity(gate: StoredGate, index: number): Gate {
  const kind = gate.kind ?? 'approvals';
  return { id: `${gate.before}/${kind}/${index + 1}`, kind, ...gate };
}
