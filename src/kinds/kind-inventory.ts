import type { Objection } from '../document/complaints.ts';
import type { Instant } from '../time.ts';

type Mapping = Readonly<Record<string, unknown>>;

interface Entry {
  readonly id: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly encrypted: boolean;
  readonly kmsKeyId?: string | undefined;
}

/** Something that a runbook can recover, as an inventory has it. */
export interface Source extends Entry {
  readonly latestRestorableTime?: Instant | undefined;
  /** What it is a part or a replica of: it is recovered with that. */
  readonly comesWith?: { readonly kind: string; readonly id: string };
}

/** A backup of a source. */
export interface Copy extends Entry {
  /** Absent where it does not name its source, such as a copy of a snapshot. */
  readonly sourceId?: string;
  readonly at: Instant;
  /** Complete and not archived. Its key, or where it is, may still prevent its use. */
  readonly isComplete: boolean;
}

/** What an operation of AWS reads: a list of the inventory, or a field of one. */
export interface ReadList {
  readonly list: string;
  readonly field?: string;
}

/** A kind's part of an inventory: its lists, and what is the same for every kind in terms of its own. */
export interface KindInventory<Name extends string, Lists> {
  readonly name: Name;
  /** One source in a sentence. */
  readonly noun: string;
  /** The lists, each with what one of its entries is called. */
  readonly lists: Readonly<Record<keyof Lists & string, string>>;
  /** The list of the sources; what only a baseline contains is added to it. */
  readonly sourceList: keyof Lists & string;
  readonly sources: (inventory: Lists) => readonly Source[];
  readonly copies: (inventory: Lists) => readonly Copy[];
  readonly reads: Readonly<Record<string, readonly ReadList[]>>;
  /** Contradictions beyond those of every list, read from the plain values of a file, which may be of any type. */
  readonly contradictions: (inventory: Mapping) => readonly Objection[];
  /**
   * Values beyond AWS's limits: a recovery would request the same, and be refused under every strategy. Each with the limit and a correct
   * value. What does not fit the schema is reported by the schema.
   */
  readonly limits: (inventory: Mapping) => readonly Objection[];
}

/** The objection to one field of one entry. */
export function fieldObjection(list: string, index: number, field: string, what: string): Objection {
  return { path: [list, index, field], message: `${list}[${index}].${field}: ${what}` };
}
