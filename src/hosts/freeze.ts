import { lstat } from 'node:fs/promises';
import type { Frozen } from '../workflow/recovery/recovery-context.ts';

/**
 * Which of these freeze files exist now, whatever they are: a link that leads nowhere counts. One that cannot be looked at
 * counts as existing, and says why: what is unknown is no permission.
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
