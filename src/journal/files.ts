import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';

/** Writes `text` as UTF-8 and returns once the disk has it. */
export function writeSynced(file: string, text: string): void {
  const handle = openSync(file, 'w');
  try {
    const bytes = Buffer.from(text, 'utf8');
    for (let written = 0; written < bytes.length;) written += writeSync(handle, bytes, written);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

/** A name in a directory outlives a loss of power only once the directory itself is on the disk. */
export function syncDirectory(directory: string): void {
  const handle = openSync(directory, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
