const MIB = 1_048_576;

/** Largest document that people write and that is read: 1 MiB. */
export const MAX_DOCUMENT_BYTES = MIB;
/** Largest inventory in YAML: reading it takes some 0.7 s and 80 MB of memory a MiB. */
export const MAX_INVENTORY_YAML_BYTES = 8 * MIB;
/** Largest inventory in JSON, which is read fifty times as fast: what is captured of a large account is written so. */
export const MAX_INVENTORY_BYTES = 32 * MIB;

/** How large a document of a kind may be. */
export interface SizeLimits {
  /** In any form. */
  readonly maxBytes: number;
  /** When it has to be read as YAML. */
  readonly maxYamlBytes: number;
}

export const RUNBOOK_LIMITS: SizeLimits = { maxBytes: MAX_DOCUMENT_BYTES, maxYamlBytes: MAX_DOCUMENT_BYTES };
export const INVENTORY_LIMITS: SizeLimits = {
  maxBytes: MAX_INVENTORY_BYTES,
  maxYamlBytes: MAX_INVENTORY_YAML_BYTES,
};

/** @example formatMiB(1_048_576) // '1 MiB' */
export function formatMiB(bytes: number): string {
  return `${bytes / MIB} MiB`;
}
