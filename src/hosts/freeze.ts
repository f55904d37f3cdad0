import { lstat } from 'node:fs/promises';
import type { Frozen } from '../workflow/recovery/recovery-context.ts';

/**
 * Which of these freeze files exist now, of any file type: a dangling link counts. A file that cannot be checked
 * counts as existing, with the reason: without a clear answer the run must not continue.
 *
 * @example await frozenBy(['/srv/freeze']) // [{ file: '/srv/freeze' }]
 */
export async function frozenBy(files: readonly string[]): Promise<readonly Frozen[]> {
  return (await Promise.all(files.map(frozenAs))).flatMap((frozen) => frozen ?? []);
}

async function frozenAs(file: string): Promise<Frozen | undefined> {
  try {
    await lstat(file);
    return { file };
  } catch (error) {
    const { code: errno } = error as NodeJS.ErrnoException;
    if (errno === undefined) throw error;
    return errno === 'ENOENT' ? undefined : { file, errno };
  }
}
