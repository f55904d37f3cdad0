import { advise, lifeboat } from '../advice.ts';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { LifeboatError } from '../errors.ts';
import { hasCode } from '../storage/storage-failures.ts';
import { BACKFILL_PART, folderFailure } from './base/backfill-files.ts';
import { makePrivateDirectory, replacePrivateFile } from '../storage/private-files.ts';
import { fingerprintOf, type BackfillDefinition } from './base/definition.ts';

const NAME = /^[a-z0-9][a-z0-9.-]{0,79}$/;
export const DEFINITION_FILE = 'definition.json';
const UNFINISHED = /^(progress\.json|work\.sqlite(-wal|-shm|-journal)?|\w+\.scratch(-journal)?|spool-\d+)$/;

/**
 * Where everything of one backfill is kept.
 * @throws LifeboatError for what is no name, so that none leads out of the state directory
 */
export function backfillDirectory(state: string, name: string): string {
  if (!NAME.test(name)) {
    throw new LifeboatError(
      'USAGE',
      `${JSON.stringify(name.slice(0, 80))} is not the name of a backfill.`,
      advise`Use lower-case letters, digits, hyphens and dots, at most 80; ${lifeboat('backfill status')} lists those there are.`,
    );
  }
  return join(state, 'backfills', name);
}

/** Where the backfill of a run is kept: beside its journal. */
export function backfillOfRun(runFolder: string): string {
  return join(runFolder, 'backfill');
}

/** Where the ledger of the queue that is source `number` is kept. */
export function queueFolder(directory: string, number: number): string {
  return join(directory, `queue-${number}`);
}

/** Names of all backfills that were begun by themselves, without runs, in order. */
export function listBackfills(state: string): readonly string[] {
  try {
    const entries = readdirSync(join(state, 'backfills'), { withFileTypes: true });
    return entries
      .flatMap((entry) => (entry.isDirectory() && NAME.test(entry.name) ? [entry.name] : []))
      .sort();
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return [];
    throw folderFailure(error, join(state, 'backfills'));
  }
}

/** What a folder holds the backfill of; `undefined` when there is none. */
export function readDefinition(directory: string): BackfillDefinition | undefined {
  const file = join(directory, DEFINITION_FILE);
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw folderFailure(error, file);
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw BACKFILL_PART.damaged(file, 'it is not JSON', error);
  }
  if (!isDefinition(value)) throw BACKFILL_PART.damaged(file, 'it does not say what the backfill is');
  return value;
}

/** A shallow check: only Lifeboat writes this file. */
function isDefinition(value: unknown): value is BackfillDefinition {
  if (!isObject(value)) return false;
  const { name, createdAt, spec } = value;
  if (typeof name !== 'string' || typeof createdAt !== 'number' || !isObject(spec)) return false;
  return Array.isArray(spec['sources']) && spec['sources'].every(isObject) && isObject(spec['windows']);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Whether something may have been sent: by the ledger of the logs, or one of a queue. */
export function hasLedger(directory: string): boolean {
  return readdirSync(directory).some((name) => name === 'ledger.log' || name.startsWith('queue-'));
}

/** Takes away what a scan left that did not finish: its store, scratch files and copies of pipes, and the progress of an earlier one. Nothing of it was sent. */
export function removeUnfinished(directory: string): void {
  try {
    for (const name of readdirSync(directory))
      if (UNFINISHED.test(name)) rmSync(join(directory, name), { force: true });
  } catch (error) {
    throw folderFailure(error, directory);
  }
}

/** @throws LifeboatError where it cannot be made */
export function makeFolder(directory: string): void {
  try {
    makePrivateDirectory(directory);
  } catch (error) {
    throw folderFailure(error, directory);
  }
}

/**
 * What the backfill in `directory` is about: as it was begun, but sent as `definition` says now. Writes down one that begins here.
 * @param isFound something was found or sent already; until then a path that was wrong may be put right under the same name
 * @throws LifeboatError when it was started with other sources, rules or another target
 */
export function begunAs(
  directory: string,
  definition: BackfillDefinition,
  isFound: boolean,
): BackfillDefinition {
  const known = readDefinition(directory);
  const isSame = known !== undefined && fingerprintOf(known.spec) === fingerprintOf(definition.spec);
  if (known === undefined || (!isSame && !isFound)) {
    keepDefinition(directory, definition);
    return definition;
  }
  if (!isSame) {
    throw new LifeboatError(
      'USAGE',
      `The backfill ${definition.name} was started with other sources, rules or another target.`,
      'Continue with the settings it was started with, or start another backfill with --name.',
    );
  }
  const { replay } = definition.spec;
  return { ...known, spec: { ...known.spec, ...(replay !== undefined && { replay }) } };
}

/** Writes it down once; whole or not at all. */
function keepDefinition(directory: string, definition: BackfillDefinition): void {
  const file = join(directory, DEFINITION_FILE);
  try {
    replacePrivateFile(file, `${JSON.stringify(definition, null, 2)}\n`);
  } catch (error) {
    throw folderFailure(error, file);
  }
}
