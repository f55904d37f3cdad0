/**
 * A number from 0 (inclusive) to 1 (exclusive) that depends on `key` alone. It replaces random numbers, so that the same
 * seed gives the same run, and a restarted process does not lose a random generator's state. FNV-1a with a final avalanche.
 */
export function fraction(key: string): number {
  return hash32(key) / 0x1_0000_0000;
}

/** 32 bits that depend on `key` alone. Not for secrets. */
export function hash32(key: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < key.length; index += 1) {
    hash = Math.imul(hash ^ key.charCodeAt(index), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
