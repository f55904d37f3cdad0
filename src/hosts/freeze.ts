import { lstatSync } from 'node:fs';
import type { Frozen } from '../workflow/recovery/recovery-context.ts';

/**
 * Which of these freeze files exist now, whatever they are: a link that leads nowhere counts. One that cannot be looked at
 * counts as existing, and says why: what is unknown is no permission.
 *
 * @example frozenBy(['/srv/freeze']) // [{ file: '/srv/freeze', why: 'it exists' }]
 */
export function frozenBy(files: readonly string[]): readonly Frozen[] {
  return files.flatMap((file) => {
    const why = whyFrozen(file);
    return why === undefined ? [] : [{ file, why }];
  });
}

function whyFrozen(file: string): string | undefined {
  try {
    lstatSync(file);
    return 'it exists';
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    return code === 'ENOENT' ? undefined : `it cannot be looked at (${code})`;
  }
}
