import type { Advice } from '../../advice.ts';
import { LifeboatError, wholeFile } from '../../errors.ts';

const REASONS: Readonly<Record<string, { readonly why: string; readonly next: string }>> = {
  ENOENT: { why: 'there is no such file', next: 'Check the path; it counts from the current directory.' },
  ENOTDIR: { why: 'a part of the path is a file', next: 'Check the path.' },
  EACCES: { why: 'access is denied', next: 'Grant yourself read access to it.' },
  EPERM: { why: 'access is denied', next: 'Grant yourself read access to it.' },
  ELOOP: { why: 'its links lead in a circle', next: 'Name the file itself.' },
  ENAMETOOLONG: { why: 'the name is too long', next: 'Check the path.' },
  EMFILE: {
    why: 'too many files are open',
    next: 'Raise the limit of open files (ulimit -n), then repeat the command.',
  },
  ENXIO: { why: 'it is a socket', next: 'Name a file, or give the lines by standard input.' },
};

/** What the file system answered when `name` was opened or read, as an expected failure; anything else stays the bug that it is. */
export function unreadable(error: unknown, name: string): unknown {
  if (typeof error !== 'object' || error === null || !('syscall' in error)) return error;
  const code = 'code' in error ? String(error.code) : '';
  const said = 'message' in error ? String(error.message) : code;
  const { why, next } = REASONS[code] ?? { why: said, next: 'Check the path and the disk.' };
  return refused(name, why, next, error);
}

/** `name` is there, and not what can be read. */
export function refused(name: string, why: string, next: Advice, cause?: unknown): LifeboatError {
  return new LifeboatError('FILE_UNREADABLE', `Cannot read ${name}: ${why}.`, next, {
    cause,
    at: wholeFile(name),
  });
}

/** @param given the place that a runbook gives as `fields.status` */
export function withoutStatus(name: string, given?: string): LifeboatError {
  return refused(
    name,
    given === undefined
      ? 'no line has a status; name it: fields.status'
      : `no line has the status '${given}', which the runbook gives as fields.status`,
    'Write where the status stands beside the path of this source in the runbook (fields: { status: response.code }). Requests that were kept because nothing answered them are read with format: capture.',
  );
}
