import { lstat } from 'node:fs/promises';
import type { Frozen } from '../workflow/recovery/recovery-context.ts';

/**
 * Which of these freeze files exist now, whatever they are: a link that leads nowhere counts. One that cannot be looked at
 * counts as existing, and says why: what is unknown is no permission.
 *
 * @example await frozenBy(['/srv/freeze']) // [{ file: '/srv/freeze', why: 'it exists' }]
 */
export async function frozenBy(files: readonly string[]): Promise<readonly Frozen[]> {
  const reasons = await Promise.all(files.map(whyFrozen));
  return files.flatMap((file, index) => {
    const why = reasons[index];
    return why === undefined ? [] : [{ file, why }];
  });
}

async function whyFrozen(file: string): Promise<string | undefined> {
  try {
    await lstat(file);
    return 'it exists';
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    return code === 'ENOENT' ? undefined : `it cannot be looked at (${code})`;
  }
}
