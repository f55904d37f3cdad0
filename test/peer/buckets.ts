import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import type { Bucket, StoredObject } from './world.ts';

/** Objects by key: their text, or bytes as base64. */
export interface SeedBucket {
  readonly region?: string;
  readonly objects?: Readonly<Record<string, SeedObject>>;
}

export type SeedObject =
  string | { readonly base64?: string; readonly text?: string; readonly storageClass?: string };

/** An object as S3 holds it; the ETag follows from the bytes. */
export function objectOf(body: Buffer, storageClass = 'STANDARD', changedAt = 0): StoredObject {
  const etag = `"${createHash('md5').update(body).digest('hex')}"`;
  return { body, etag, storageClass, changedAt };
}

function seeded(seed: SeedObject): StoredObject {
  if (typeof seed === 'string') return objectOf(Buffer.from(seed));
  const { base64, text = '', storageClass } = seed;
  return objectOf(base64 === undefined ? Buffer.from(text) : Buffer.from(base64, 'base64'), storageClass);
}

/** What is seeded, and what lies in a folder. */
export function bucketsOf(
  seeds: Readonly<Record<string, SeedBucket>> = {},
  folder: string | undefined,
  region = 'us-east-1',
): Map<string, Bucket> {
  const buckets = new Map<string, Bucket>();
  for (const [name, seed] of Object.entries(seeds)) {
    const objects = Object.entries(seed.objects ?? {}).map(([key, object]) => [key, seeded(object)] as const);
    buckets.set(name, { region: seed.region ?? region, objects: new Map(objects) });
  }
  if (folder === undefined) return buckets;
  for (const entry of readdirSync(folder, { recursive: true }) as string[]) {
    const [name = '', ...parts] = entry.split(path.sep);
    const bucket = buckets.get(name) ?? { region, objects: new Map() };
    buckets.set(name, bucket);
    const file = path.join(folder, entry);
    const { mtimeMs } = statSync(file);
    if (statSync(file).isFile())
      bucket.objects.set(parts.join('/'), objectOf(readFileSync(file), undefined, mtimeMs));
  }
  return buckets;
}
