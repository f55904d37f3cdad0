import { Room } from './base/room.ts';
import type { BackfillSpec } from '../runbook/backfill-schema.ts';
import type { ObjectStore } from './sources/object-store.ts';
import type { TextSource } from './sources/text-source.ts';
import { openTextSources } from './sources/text-sources.ts';
import { regional, type BackfillTools } from './base/tools.ts';

/** Opens all that is made of lines: files, standard input, objects of S3. */
export async function openLogs(
  { sources }: BackfillSpec,
  spoolDirectory: string,
  { stdin, region, spaceOf }: BackfillTools,
  signal: AbortSignal,
): Promise<readonly TextSource[]> {
  const texts = sources.filter(({ path }) => path !== undefined);
  if (texts.length === 0) return [];
  const needsObjects = texts.some(({ path }) => path?.startsWith('s3://'));
  return openTextSources(texts, {
    spoolDirectory,
    room: new Room(spoolDirectory, spaceOf),
    signal,
    ...(stdin !== undefined && { stdin }),
    ...(needsObjects && { objects: await openObjects(region) }),
  });
}

async function openObjects(region: string | undefined): Promise<ObjectStore> {
  const [{ createClients }, { createS3Objects }] = await Promise.all([
    import('../aws/clients.ts'),
    import('./sources/s3-objects.ts'),
  ]);
  const { s3 } = await createClients(['s3'], regional(region));
  return createS3Objects(s3);
}
