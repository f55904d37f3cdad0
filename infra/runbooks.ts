import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { lifeboat } from '../src/advice.ts';
import { LifeboatError, wholeFile } from '../src/errors.ts';
import { parseRunbook } from '../src/runbook/parse.ts';
import type { Runbook } from '../src/runbook/schema.ts';
import { unsupportedParts } from '../src/runbook/support.ts';

const RUNBOOK_FILE = /\.ya?ml$/;

/**
 * The runbooks of a folder, by name. A runbook that no run could start with is refused here, because a deployment would only say so when it is
 * needed.
 *
 * @throws LifeboatError with the file, and the line where there is one
 */
export function readRunbooks(folder: string): readonly Runbook[] {
  const files = filesIn(folder);
  const byName = new Map<string, { readonly file: string; readonly runbook: Runbook }>();
  for (const file of files) {
    const path = join(folder, file);
    const runbook = readRunbook(path);
    const earlier = byName.get(runbook.name)?.file;
    if (earlier !== undefined) throw nameTaken(path, runbook.name, join(folder, earlier));
    byName.set(runbook.name, { file, runbook });
  }
  if (byName.size === 0) throw noRunbooks(folder);
  return [...byName.values()]
    .map(({ runbook }) => runbook)
    .sort((one, other) => (one.name < other.name ? -1 : 1));
}

function filesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
      .filter((name) => RUNBOOK_FILE.test(name))
      .sort();
  } catch (cause) {
    const why = (cause as NodeJS.ErrnoException).code ?? 'unknown';
    throw new LifeboatError(
      'FILE_UNREADABLE',
      `The folder of runbooks '${folder}' cannot be read (${why}).`,
      'Name a folder with runbooks: -c lifeboat:runbooks=FOLDER.',
      { cause },
    );
  }
}

function readRunbook(path: string): Runbook {
  const { runbook, placeOf } = parseRunbook(readFileSync(path), path);
  const refused = [...unsupportedParts(runbook, 'restore'), ...drillParts(runbook)].find(
    ({ effect }) => effect === 'refused',
  );
  if (refused === undefined) return runbook;
  throw new LifeboatError('NOT_YET_SUPPORTED', refused.message, refused.next, { at: placeOf(refused.path) });
}

function drillParts(runbook: Runbook): ReturnType<typeof unsupportedParts> {
  return runbook.drill?.schedule === undefined ? [] : unsupportedParts(runbook, 'drill');
}

function nameTaken(path: string, name: string, earlier: string): LifeboatError {
  return new LifeboatError(
    'INVALID_RUNBOOK',
    `${path}: the runbook's name '${name}' is also that of ${earlier}.`,
    'Give each runbook a name of its own: runs, schedules and claims are found by it.',
    { at: wholeFile(path) },
  );
}

function noRunbooks(folder: string): LifeboatError {
  return new LifeboatError('FILE_UNREADABLE', `The folder '${folder}' holds no runbook (*.yaml).`, [
    'Write one with: ',
    lifeboat('init', join(folder, 'RUNBOOK.yaml')),
    '.',
  ]);
}
