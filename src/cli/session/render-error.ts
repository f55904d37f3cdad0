import type { RenderAdvice } from '../../advice.ts';
import { CommanderError } from 'commander';
import { formatComplaints } from '../../document/complaints.ts';
import { formatPlace, isWholeFile, LifeboatError } from '../../errors.ts';
import type { Place } from '../../errors.ts';
import { plain } from '../../report/layout/plain.ts';
import { shortageIn } from '../../storage/shortage.ts';
import { EXIT, exitCodeOf } from './exit-codes.ts';
import type { ExitCode } from './exit-codes.ts';
import type { Terminal } from './terminal.ts';

const LONGEST_TEXT = 2_000;

/** An error as it is shown; `UNEXPECTED` is none that was foreseen. */
interface Shown {
  readonly code: string;
  readonly message: string;
  readonly next: string;
  readonly exitCode: ExitCode;
  readonly error: unknown;
}

/**
 * Says what went wrong and what to do now: on standard error for people, and under `--json` as the document on standard output.
 * The stack is shown to those who ask for it (`--log-level debug`).
 */
export function reportError(error: unknown, terminal: Terminal, showStack: boolean): ExitCode {
  const shown = describeError(error, terminal.hint);
  terminal.document(errorDocument(shown));
  terminal.note(shownText(shown));
  if (showStack) terminal.note(stackOf(error));
  return shown.exitCode;
}

function describeError(error: unknown, hint: RenderAdvice): Shown {
  const foreseen = error instanceof CommanderError ? usageError(error) : error;
  if (foreseen instanceof LifeboatError) {
    const { code, message } = foreseen;
    const shortage = shortageIn(foreseen);
    const next = shortage?.isOfProcess === true ? shortage.next : hint(foreseen.next);
    return { code, message, next, exitCode: exitCodeOf(code), error: foreseen };
  }
  const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  const shortage = shortageIn(error);
  if (shortage !== undefined) {
    const { what, next } = shortage;
    const told = `Lifeboat cannot continue, because ${what}: ${error instanceof Error ? error.message : message}`;
    return { code: 'SYSTEM_FAILED', message: told, next, exitCode: exitCodeOf('SYSTEM_FAILED'), error };
  }
  return {
    code: 'UNEXPECTED',
    message: `This is a bug in Lifeboat: ${message}`,
    next: 'Run it again with --log-level debug, and report what it prints.',
    exitCode: EXIT.failed,
    error,
  };
}

/** Commander's own complaints about the command line, in our words. */
export function usageError(error: CommanderError, command?: string): LifeboatError {
  const [first = '', ...rest] = error.message
    .replace(/^error: /, '')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  const message = `${first.charAt(0).toUpperCase()}${first.slice(1)}`;
  const guess = /^\(Did you mean (.+)\?\)$/.exec(rest.join(' '))?.[1];
  const help = `lifeboat${command === undefined ? '' : ` ${command}`} --help`;
  return new LifeboatError(
    'USAGE',
    /[.?!]$/.test(message) ? message : `${message}.`,
    guess === undefined ? `See ${help}.` : `Did you mean ${guess}? See ${help}.`,
    { cause: error },
  );
}

function errorDocument({ code, message, next, error }: Shown): Readonly<Record<string, unknown>> {
  const detail = error instanceof LifeboatError ? error : undefined;
  return {
    schema: 'lifeboat.error/v1',
    code,
    message,
    next,
    ...(detail?.at !== undefined && { at: writtenPlace(detail.at) }),
    ...(detail !== undefined &&
      detail.complaints.length > 0 && {
        complaints: detail.complaints.map(({ place, message: what, suggestion }) => ({
          ...writtenPlace(place),
          message: what,
          ...(suggestion !== undefined && { suggestion }),
        })),
      }),
  };
}

/** An expected failure for people: what happened, where, and what to do now. */
export function errorText(error: LifeboatError, hint: RenderAdvice): string {
  return shownText(describeError(error, hint));
}

function shownText({ message, next, error }: Shown): string {
  const complaints = error instanceof LifeboatError ? error.complaints : [];
  const summary = error instanceof LifeboatError ? error.summary : undefined;
  const isSaid = complaints.length === 1 && summary !== undefined;
  const said = complaints.length > 1 && summary !== undefined ? `${summary}:` : message;
  const lines = [`Error: ${plain(said, LONGEST_TEXT)}`];
  if (error instanceof LifeboatError) {
    const places = isSaid ? '' : formatComplaints(error);
    if (places !== '') lines.push(...places.split('\n').map((line) => `  ${plain(line, LONGEST_TEXT)}`));
    else if (error.at !== undefined && !isWholeFile(error.at)) {
      lines.push(`  at ${plain(formatPlace(error.at), LONGEST_TEXT)}`);
    }
  }
  lines.push(`Try: ${plain(next, LONGEST_TEXT)}`);
  return lines.join('\n');
}

function writtenPlace(place: Place): Partial<Place> {
  return isWholeFile(place) ? { file: place.file } : place;
}

function stackOf(error: unknown): string {
  const stacks: string[] = [];
  for (let current = error, depth = 0; current instanceof Error && depth < 5; depth += 1) {
    stacks.push(`${depth === 0 ? '' : 'Caused by: '}${current.stack ?? current.message}`);
    current = current.cause;
  }
  return stacks.join('\n');
}
