import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LifeboatError } from '../errors.ts';
import { hasCode, journalFailure } from '../journal/failures.ts';
import { fingerprintOf, type BackfillDefinition } from './definition.ts';

const NAME = /^[a-z0-9][a-z0-9.-]{0,79}$/;
const DEFINITION_FILE = 'definition.json';
/** Its sources and headers may be nobody else's business. */
const FOLDER_MODE = 0o700;
const FILE_MODE = 0o600;

/**
 * Where everything of one backfill is kept.
 * @throws LifeboatError for what is no name, so that none leads out of the state directory
 */
export function backfillDirectory(state: string, name: string): string {
  if (!NAME.test(name)) {
    throw new LifeboatError(
      'USAGE',
      `${JSON.stringify(name.slice(0, 80))} is not the name of a backfill.`,
      'Use lower-case letters, digits, hyphens and dots, at most 80; lifeboat backfill status lists those there are.',
    );
  }
  return join(state, 'backfills', name);
}

/** Where the backfill of a run is kept: beside its journal. */
export function backfillOfRun(runFolder: string): string {
  return join(runFolder, 'backfill');
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
    throw journalFailure(error, join(state, 'backfills'));
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
    throw journalFailure(error, file);
  }
  try {
    return JSON.parse(text) as BackfillDefinition;
  } catch (error) {
    throw new LifeboatError(
      'JOURNAL_DAMAGED',
      `${file} cannot be read: it is no JSON.`,
      'Restore it from a backup, or begin another backfill with --name.',
      { cause: error },
    );
  }
}

/** @throws LifeboatError where it cannot be made */
export function makeFolder(directory: string): void {
  try {
    mkdirSync(directory, { recursive: true, mode: FOLDER_MODE });
  } catch (error) {
    throw journalFailure(error, directory);
  }
}

/**
 * What the backfill in `directory` is about: as it was begun, but sent as `definition` says now. Writes down one that begins here.
 * @throws LifeboatError when it was begun with other sources, rules or another target
 */
export function begunAs(directory: string, definition: BackfillDefinition): BackfillDefinition {
  const known = readDefinition(directory);
  if (known === undefined) {
    keepDefinition(directory, definition);
    return definition;
  }
  if (fingerprintOf(known.spec) !== fingerprintOf(definition.spec)) {
    throw new LifeboatError(
      'USAGE',
      `The backfill ${definition.name} was begun with other sources, rules or another target.`,
      'Go on with what it was begun with, or begin another one with --name.',
    );
  }
  const { replay } = definition.spec;
  return { ...known, spec: { ...known.spec, ...(replay !== undefined && { replay }) } };
}

/** Writes it down once; whole or not at all. */
function keepDefinition(directory: string, definition: BackfillDefinition): void {
  const file = join(directory, DEFINITION_FILE);
  try {
    writeFileSync(`${file}.tmp`, `${JSON.stringify(definition, null, 2)}\n`, {
      mode: FILE_MODE,
      flush: true,
    });
    renameSync(`${file}.tmp`, file);
  } catch (error) {
    throw journalFailure(error, file);
  }
}
