import {
  GetObjectCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  NoSuchKey,
  S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import { mockClient } from 'aws-sdk-client-mock';

interface Version {
  readonly id: string;
  /** Absent: a delete marker. */
  readonly text?: string;
}

/** A versioned bucket behind the SDK's client. */
export class VersionedBucket {
  readonly s3 = new S3Client({ region: 'us-east-1' });
  readonly #versions = new Map<string, Version[]>();
  /** While set, every request fails with this code. */
  failure: string | undefined;

  constructor() {
    const mock = mockClient(this.s3);
    mock.on(GetObjectCommand).callsFake(({ Key = '', VersionId }) => this.#get(Key, VersionId));
    mock.on(ListObjectVersionsCommand).callsFake(({ Prefix = '' }) => this.#list(Prefix));
    mock.on(ListObjectsV2Command).callsFake(() => this.#keys());
  }

  put(key: string, text: string): void {
    this.#add(key, { text });
  }

  delete(key: string): void {
    this.#add(key, {});
  }

  #add(key: string, version: Omit<Version, 'id'>): void {
    const versions = this.#versions.get(key) ?? [];
    versions.unshift({ id: `v${versions.length + 1}`, ...version });
    this.#versions.set(key, versions);
  }

  #get(key: string, id: string | undefined): unknown {
    this.#failIfAsked();
    const versions = this.#versions.get(key) ?? [];
    const version = id === undefined ? versions[0] : versions.find((one) => one.id === id);
    if (version?.text === undefined)
      throw new NoSuchKey({ message: 'no such key', $metadata: { httpStatusCode: 404 } });
    const bytes = new TextEncoder().encode(version.text);
    return { Body: { transformToByteArray: () => Promise.resolve(bytes) }, VersionId: version.id };
  }

  #list(prefix: string): unknown {
    this.#failIfAsked();
    const all = [...this.#versions]
      .filter(([key]) => key.startsWith(prefix))
      .flatMap(([Key, versions]) =>
        versions.map(({ id: VersionId, text }, index) => ({ Key, VersionId, text, IsLatest: index === 0 })),
      );
    return {
      Versions: all.filter(({ text }) => text !== undefined),
      DeleteMarkers: all.filter(({ text }) => text === undefined),
    };
  }

  #keys(): unknown {
    this.#failIfAsked();
    const keys = [...this.#versions].filter(([, [latest]]) => latest?.text !== undefined);
    return { Contents: keys.map(([Key]) => ({ Key })) };
  }

  #failIfAsked(): void {
    if (this.failure === undefined) return;
    throw new S3ServiceException({
      name: this.failure,
      message: `S3 says ${this.failure}`,
      $fault: 'client',
      $metadata: { httpStatusCode: 403 },
    });
  }
}
