import type { DocumentPath, Objection } from '../document/complaints.ts';
import type { Mode, UnsupportedPart } from '../runbook/unsupported.ts';

/** A kind's part of a runbook, beyond its schema. */
export interface KindRunbook<Name extends string, Resource> {
  readonly name: Name;
  /** Contradictions in one resource, read from the plain values of the file, which may be of any type. */
  readonly contradictions: (
    resource: Readonly<Record<string, unknown>>,
    path: DocumentPath,
  ) => readonly Objection[];
  /** What this version does not carry out, beyond what it carries out for no kind. */
  readonly unsupported: (
    resource: Resource,
    path: DocumentPath,
    mode: Mode,
    isolation: { readonly instance?: string | undefined } | undefined,
  ) => readonly UnsupportedPart[];
}
