/**
 * Keeps what is in the folder of a backfill in a second place, for a folder that does not outlive its process. Without one the folder's disk is the only place.
 * Files are named by their paths in the folder, such as `queue-1/ledger.log`.
 */
export interface FolderKeeper {
  /**
   * Adds bytes to the end of what is kept of a file; they must be at its end in the folder already. Resolves when they are kept: until then they must not count.
   * After a failure nothing more is kept, because it is unknown whether these bytes are.
   * @throws LifeboatError `RUN_IS_DRIVEN` once another process has taken the folder over
   */
  append(file: string, bytes: Uint8Array): Promise<void>;
  /** Keeps the whole file as it is now, instead of what was kept of it: completely, or not at all. Throws as {@link append}. */
  keep(file: string): Promise<void>;
}

/** The option of a ledger whose file is kept; none where the disk of the folder is enough. */
export function keptBy(
  keeper: FolderKeeper | undefined,
  file: string,
): { readonly keep?: (bytes: Uint8Array) => Promise<void> } {
  return keeper === undefined ? {} : { keep: (bytes) => keeper.append(file, bytes) };
}
