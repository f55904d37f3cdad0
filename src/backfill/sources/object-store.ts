/** S3 or a compatible store. Both methods throw LifeboatError for objects that cannot be read. */
export interface ObjectStore {
  /** All objects whose key begins with `prefix`, in the order of their keys. Folders and empty objects are not among them. */
  list(
    bucket: string,
    prefix: string,
  ): AsyncIterable<{ readonly key: string; readonly bytes: number; readonly etag: string }>;
  /** The object as it is stored, from its beginning, and only if it is still the one that was listed. After a broken connection reading continues where it stopped. */
  open(bucket: string, key: string, etag: string, bytes: number): AsyncIterable<Uint8Array>;
}
