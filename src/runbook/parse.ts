import { parseWithPlaces } from '../document/parse.ts';
import type { Parsed } from '../document/parse.ts';
import { contradictionsOf } from './contradictions.ts';
import { runbookSchema } from './schema.ts';
import type { Runbook } from './schema.ts';

/** A valid runbook, and the places of its parts for complaints that only an inventory can raise. */
export interface ParsedRunbook {
  readonly runbook: Runbook;
  /** The place of a part, e.g. of `['resources', 0, 'source']`; of what is around it when the file does not name it. */
  readonly placeOf: Parsed<Runbook>['placeOf'];
}

/**
 * The runbook in a file of YAML. `file` is only named in complaints.
 * Throws one `LifeboatError` (`INVALID_RUNBOOK`, `INVALID_DOCUMENT`, `FILE_TOO_LARGE`) with all complaints.
 *
 * @example const { runbook } = parseRunbook(await readFile('orders.yaml'), 'orders.yaml');
 */
export function parseRunbook(input: string | Uint8Array, file: string): ParsedRunbook {
  const { value, placeOf } = parseWithPlaces(input, file, runbookSchema, {
    kind: 'runbook',
    contradictions: contradictionsOf,
  });
  return { runbook: value, placeOf };
}
