import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { GetObjectCommand, ListObjectsV2Command, ListObjectVersionsCommand } from '@aws-sdk/client-s3';
import type { Sender } from '../../aws/clients.ts';
import { readPages } from '../../aws/pages.ts';
import { classify, toLifeboatError } from '../../aws/request-failures.ts';
import { LifeboatError } from '../../errors.ts';
import type { Inventory } from '../../inventory/schema.ts';
import type { Baseline } from '../../journal/run-store.ts';
import { parseBaseline, parseSource, type RunbookFile } from '../../preparation/prepare.ts';
import type { CallAws } from '../../workflow/base/executor.ts';
import type { CloudLog } from './reporting.ts';

/** Older versions of an object that are tried: more bad versions in a row are no slip of the hand. */
const MOST_VERSIONS = 20;
const YAML = /\.ya?ml$/;
/** Key of a runbook in the bucket; baselines have a folder of their own. */
const RUNBOOK_KEY = /^([a-z][a-z0-9-]{0,39})\.yaml$/;

export interface LibraryParts {
  readonly s3: Sender<'s3'>;
  readonly call: CallAws;
  readonly log: CloudLog;
  /** Versioned. Its object `orders.yaml` replaces the runbook `orders`, `baselines/orders.yaml` the baseline. */
  readonly bucket: string;
  /** What was deployed with the function, laid out like the bucket; here a runbook's file may have any name. */
  readonly folder: string;
}

/** A version that could not be used, and why. */
export interface PassedOver {
  readonly place: string;
  readonly error: LifeboatError;
  /** It could not even be read. */
  readonly isUnread: boolean;
}

/** The newest version that can be used, and the newer ones that cannot, newest first. */
export interface Found<T> {
  readonly value: T;
  readonly passedOver: readonly PassedOver[];
}

interface Version {
  readonly place: string;
  readonly read: () => Promise<Uint8Array | undefined>;
}

/**
 * The runbooks and baselines that a deployment knows. At three in the morning a version with a mistake must not stop a recovery: the last good one is
 * used, which the caller has to report.
 */
export class Library {
  readonly #parts: LibraryParts;

  constructor(parts: LibraryParts) {
    this.#parts = parts;
  }

  /** Where a runbook is put to replace that of the deployment. */
  placeOf(runbook: string): string {
    return `s3://${this.#parts.bucket}/${runbook}.yaml`;
  }

  /** Runbooks of the deployment and of the bucket, sorted. Without access to the bucket: of the deployment. */
  async names(): Promise<readonly string[]> {
    const bundled = (await this.#bundled()).flatMap(({ source }) => source?.runbook.name ?? []);
    const added = await this.#keys().catch((error: unknown) => {
      const { message } = asLifeboatError(error);
      this.#parts.log.error(
        { bucket: this.#parts.bucket },
        `The bucket of runbooks cannot be read: ${message}`,
      );
      return [];
    });
    const own = added.flatMap((key) => RUNBOOK_KEY.exec(key)?.[1] ?? []);
    return [...new Set([...bundled, ...own])].sort();
  }

  /**
   * @param sha256 of the text that is meant; absent: whatever is deployed
   * @throws LifeboatError `FILE_UNREADABLE` for an unknown name; `RUN_NOT_POSSIBLE` for another text; why the newest version cannot be used, when no
   * version can
   */
  async runbook(name: string, sha256?: string): Promise<Found<RunbookFile>> {
    const bundled = (await this.#bundled()).find(({ file, source }) =>
      source === undefined ? file.replace(YAML, '') === name : source.runbook.name === name,
    );
    const versions = this.#versions(`${name}.yaml`, bundled?.file);
    const { value, passedOver } = await newestGood(versions, async (bytes, place) => {
      const source = await parseSource(bytes, place);
      if (source.runbook.name === name) return source;
      throw new LifeboatError(
        'INVALID_RUNBOOK',
        `${place} is the runbook '${source.runbook.name}', not '${name}'.`,
        `Name the object ${source.runbook.name}.yaml, or correct the name in it.`,
      );
    });
    if (value !== undefined) {
      if (sha256 !== undefined && sha256 !== sha256Of(value.text)) throw this.#otherText(name, value);
      return { value, passedOver };
    }
    if (passedOver[0] !== undefined) throw passedOver[0].error;
    throw new LifeboatError(
      'FILE_UNREADABLE',
      `The deployment knows no runbook '${name}'. It knows: ${(await this.names()).join(', ') || 'none'}.`,
      `Put it into the bucket as ${this.placeOf(name)}, or deploy it.`,
    );
  }

  /**
   * What the account held before the disaster: as the last successful check saved it, else as the bucket or the deployment has it; no value where there
   * is none, or only one in a bucket that cannot be reached: an outage of S3 must not stop a recovery.
   * @throws LifeboatError `INVALID_INVENTORY` when there are some and none can be used: going on without could recover less than there was
   */
  async baseline(
    runbook: string,
    account: Inventory,
    saved: Baseline | undefined,
  ): Promise<Found<Inventory | undefined>> {
    const key = `baselines/${runbook}.yaml`;
    const next = `Replace s3://${this.#parts.bucket}/${key} by an inventory of the account, or recover from a machine with --no-baseline.`;
    const found = await newestGood(this.#versions(key, key, saved), (bytes, place) =>
      parseBaseline({ text: new TextDecoder().decode(bytes), place }, account, next),
    );
    const invalid = found.passedOver.find(({ isUnread }) => !isUnread);
    if (found.value === undefined && invalid !== undefined) throw invalid.error;
    return found;
  }

  /** An operator who names a file means what it says. */
  #otherText(name: string, { file }: RunbookFile): LifeboatError {
    return new LifeboatError(
      'RUN_NOT_POSSIBLE',
      `The function would use ${file}, which differs from the file that was given.`,
      `Upload the file, then repeat the command: aws s3 cp FILE s3://${this.#parts.bucket}/${name}.yaml. To use what is deployed, name the runbook instead of the file: ${name}.`,
    );
  }

  async #bundled(): Promise<readonly { readonly file: string; readonly source?: RunbookFile }[]> {
    const { folder } = this.#parts;
    const files = (await readdir(folder)).filter((file) => YAML.test(file)).sort();
    return Promise.all(
      files.map(async (file) => {
        try {
          return { file, source: await parseSource(await readFile(join(folder, file)), join(folder, file)) };
        } catch (error) {
          if (error instanceof LifeboatError) return { file };
          throw error;
        }
      }),
    );
  }

  async *#versions(key: string, bundled: string | undefined, saved?: Baseline): AsyncGenerator<Version> {
    const { bucket, folder } = this.#parts;
    if (saved !== undefined)
      yield { place: saved.place, read: async () => new TextEncoder().encode(saved.text) };
    const place = `s3://${bucket}/${key}`;
    let isThere = false;
    yield {
      place,
      read: async () => {
        const bytes = await this.#object(key);
        isThere = bytes !== undefined;
        return bytes;
      },
    };
    // Whoever deleted the object wants what was deployed.
    if (isThere) yield* this.#olderVersions(key, place);
    if (bundled !== undefined)
      yield { place: join(folder, bundled), read: () => fileAt(join(folder, bundled)) };
  }

  /** @returns undefined where there is no such object, or it was deleted */
  async #object(key: string, VersionId?: string): Promise<Uint8Array | undefined> {
    const { s3, call, bucket } = this.#parts;
    try {
      return await call('GetObject', async () => {
        const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key, VersionId }));
        return Body?.transformToByteArray();
      });
    } catch (error) {
      if (error instanceof Error && error.name === 'NoSuchKey') return undefined;
      throw error;
    }
  }

  /** Newest first. */
  async *#olderVersions(key: string, place: string): AsyncGenerator<Version> {
    const { s3, call, bucket } = this.#parts;
    try {
      const { Versions = [] } = await call('ListObjectVersions', () =>
        s3.send(new ListObjectVersionsCommand({ Bucket: bucket, Prefix: key })),
      );
      const older = Versions.filter(({ Key, IsLatest }) => Key === key && IsLatest !== true);
      for (const { VersionId: id } of older.slice(0, MOST_VERSIONS))
        yield { place: `${place}?versionId=${id}`, read: () => this.#object(key, id) };
    } catch (error) {
      yield { place: `${place} (older versions)`, read: () => Promise.reject(error) };
    }
  }

  async #keys(): Promise<readonly string[]> {
    const { s3, call, bucket } = this.#parts;
    const objects = await readPages('ListObjectsV2', async (token) => {
      const page = await call('ListObjectsV2', () =>
        s3.send(new ListObjectsV2Command({ Bucket: bucket, Delimiter: '/', ContinuationToken: token })),
      );
      return { items: page.Contents ?? [], next: page.NextContinuationToken };
    });
    return objects.flatMap(({ Key }) => Key ?? []);
  }
}

function sha256Of(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

async function fileAt(path: string): Promise<Uint8Array | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

async function newestGood<T>(
  versions: AsyncIterable<Version>,
  parse: (bytes: Uint8Array, place: string) => Promise<T>,
): Promise<Found<T | undefined>> {
  const passedOver: PassedOver[] = [];
  for await (const { place, read } of versions) {
    let isUnread = true;
    try {
      const bytes = await read();
      isUnread = false;
      if (bytes !== undefined) return { value: await parse(bytes, place), passedOver };
    } catch (error) {
      passedOver.push({ place, error: asLifeboatError(error), isUnread });
    }
  }
  return { value: undefined, passedOver };
}

/** @throws what is neither an expected failure nor one of AWS */
function asLifeboatError(error: unknown): LifeboatError {
  return error instanceof LifeboatError ? error : toLifeboatError(classify(error), error);
}
