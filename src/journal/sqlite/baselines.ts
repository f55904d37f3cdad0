import { readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { LifeboatError } from '../../errors.ts';
import {
  guardStateDirectory,
  makePrivateDirectory,
  replacePrivateFile,
} from '../../storage/private-files.ts';
import type { CheckedWorld } from '../run-store.ts';
import { hasCode, storageFailure, type StoredPart } from '../../storage/storage-failures.ts';

const RUNBOOK_NAME = /^[a-z][a-z0-9-]{0,39}$/;

/** Size limit: a larger file was not written by {@link saveBaseline}. */
const MAX_BASELINE_BYTES = 64 * 1_048_576;

const BASELINE_PART: StoredPart = {
  unwritable: 'BASELINE_UNWRITABLE',
  afterwards: 'the baseline saved before is whole',
  damaged: (file, what) =>
    new LifeboatError(
      'FILE_UNREADABLE',
      `Cannot read ${file}: ${what}.`,
      'Check the runbook again, or give another with --baseline FILE.',
    ),
};

/** Where the inventory of the last successful check of `runbookName` is kept. */
export function baselineFile(state: string, runbookName: string, world: CheckedWorld): string {
  if (!RUNBOOK_NAME.test(runbookName)) {
    throw new LifeboatError(
      'USAGE',
      `${JSON.stringify(runbookName.slice(0, 80))} is not the name of a runbook.`,
      'Give the name that the runbook carries in its `name`.',
    );
  }
  return join(state, 'baselines', ...(world === 'simulation' ? ['simulated'] : []), `${runbookName}.yaml`);
}

/**
 * Stores `text` (an inventory, YAML or JSON) as the baseline. After a crash the file holds the complete old text or the complete new one:
 * after a disaster it may be the only record of the resources.
 * @returns the file
 * @throws LifeboatError `BASELINE_UNWRITABLE`
 */
export function saveBaseline(state: string, runbookName: string, world: CheckedWorld, text: string): string {
  const file = baselineFile(state, runbookName, world);
  try {
    guardStateDirectory(state);
    makePrivateDirectory(dirname(file));
    replacePrivateFile(file, text);
    return file;
  } catch (error) {
    throw storageFailure(error, file, BASELINE_PART);
  }
}

/**
 * The text saved last; `undefined` when no check has succeeded yet.
 * @throws LifeboatError `FILE_UNREADABLE` when it exists and cannot be read
 */
export function readBaseline(state: string, runbookName: string, world: CheckedWorld): string | undefined {
  const file = baselineFile(state, runbookName, world);
  try {
    const { size: sizeBytes } = statSync(file);
    if (sizeBytes > MAX_BASELINE_BYTES) throw tooLarge(file, sizeBytes);
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    if (error instanceof LifeboatError) throw error;
    throw new LifeboatError(
      'FILE_UNREADABLE',
      `Cannot read the baseline ${file}: ${error instanceof Error ? error.message : String(error)}.`,
      `Grant access to ${file}, or give another with --baseline FILE.`,
      { cause: error },
    );
  }
}

function tooLarge(file: string, sizeBytes: number): LifeboatError {
  return new LifeboatError(
    'FILE_TOO_LARGE',
    `The baseline ${file} holds ${sizeBytes} bytes; at most ${MAX_BASELINE_BYTES} are read.`,
    `Move ${file} away, and give a baseline with --baseline FILE.`,
  );
}
