import * as z from 'zod';
import { runbookSchema } from './schema.ts';

/** Names the schema; nothing is ever fetched from it. */
const SCHEMA_ID = 'urn:lifeboat:runbook:v1';

/**
 * JSON Schema (draft 2020-12) of a runbook as it is written, before parsing: durations and instants are text.
 * What it cannot say (unique ids, cycles, other contradictions) only `lifeboat check` finds.
 */
export function runbookJsonSchema(): Readonly<Record<string, unknown>> {
  const { $schema, ...rest } = z.toJSONSchema(runbookSchema, { io: 'input', target: 'draft-2020-12' });
  return {
    $schema,
    $id: SCHEMA_ID,
    title: 'Lifeboat runbook',
    description: 'How a system is recovered, and within which objectives.',
    ...rest,
  };
}
