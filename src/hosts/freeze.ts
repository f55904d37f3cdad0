import { lstat } from 'node:fs/promises';
import type { Frozen } from '../workflow/recovery/recovery-context.ts';

/** A freeze file may be an object in a bucket: people and functions in the cloud share no disk. */
const BUCKET = 's3://';

/**
 * Which of these freeze files exist now, of any file type: a dangling link counts. A file or object that cannot be checked
 * counts as existing, with the reason: without a clear answer the run must not continue.
 *
 * @example await frozenBy(['/srv/freeze']) // [{ file: '/srv/freeze' }]
 */
export async function frozenBy(files: readonly string[]): Promise<readonly Frozen[]> {
  const frozen = await Promise.all(
    files.map((file) => (isObject(file) ? frozenAsObject(file) : frozenAsFile(file))),
  );
  return frozen.flatMap((each) => each ?? []);
}

/** In a function in the cloud: it has a disk of its own, so a file there says nothing, and only objects can be checked. */
export async function frozenByObjects(files: readonly string[]): Promise<readonly Frozen[]> {
  const unreachable = files.filter((file) => !isObject(file));
  return [
    ...unreachable.map((file) => ({ file, errno: 'ENOTSUP' })),
    ...(await frozenBy(files.filter(isObject))),
  ];
}

function isObject(file: string): boolean {
  return file.startsWith(BUCKET);
}

async function frozenAsFile(file: string): Promise<Frozen | undefined> {
  try {
    await lstat(file);
    return { file };
  } catch (error) {
    const { code: errno } = error as NodeJS.ErrnoException;
    if (errno === undefined) throw error;
    return errno === 'ENOENT' ? undefined : { file, errno };
  }
}

/** Lists instead of asking for the object itself: without that permission, and in a bucket that does not exist, AWS answers as if it were missing. */
async function frozenAsObject(file: string): Promise<Frozen | undefined> {
  const [{ ListObjectsV2Command }, { createClient }, { classify }] = await Promise.all([
    import('../aws/sdk/s3.ts'),
    import('../aws/clients.ts'),
    import('../aws/request-failures.ts'),
  ]);
  const [Bucket = '', ...path] = file.slice(BUCKET.length).split('/');
  const key = path.join('/');
  const s3 = await createClient('s3');
  try {
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket, Prefix: key, MaxKeys: 1 }));
    return Contents[0]?.Key === key ? { file } : undefined;
  } catch (error) {
    return { file, errno: classify(error).code };
  } finally {
    s3.destroy();
  }
}
