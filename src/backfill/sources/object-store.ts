/** Where objects are read from: S3, or what speaks its protocol. Both throw LifeboatError for what cannot be read. */
export interface ObjectStore {
  /** All objects whose key begins with `prefix`, in the order of their keys. Folders and empty objects are not among them. */
  list(
    bucket: string,
    prefix: string,
  ): AsyncIterable<{ readonly key: string; readonly bytes: number; readonly etag: string }>;
  /** The object as it is stored, from its beginning, and only if it is still the one that was listed. A broken connection is taken up where it broke. */
  open(bucket: string, key: string, etag: string, bytes: number): AsyncIterable<Uint8Array>;
}
