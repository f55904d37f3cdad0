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

/** Version 1 knew two kinds of gates, and told them apart by their words alone. */
function withIdentity(gate: StoredGate, index: number): Gate {
  const kind = gate.kind ?? (gate.why.startsWith('the recovery costs ') ? 'cost' : 'approvals');
  const id = kind === 'cost' ? `${gate.before}/cost` : `${gate.before}/${kind}/${index + 1}`;
  return { id, kind, ...gate };
}
