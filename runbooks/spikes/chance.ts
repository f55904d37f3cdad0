/** A number from 0 (inclusive) to 1 (exclusive) that depends on its arguments alone: the same seed gives the same log everywhere. */
export function chance(seed: number, topic: number, index: number, detail = 0): number {
  return bits(seed, topic, index, detail) / 0x1_0000_0000;
}

/** 32 such bits. */
export function bits(seed: number, topic: number, index: number, detail = 0): number {
  let hash = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b);
  hash = mixed(hash ^ topic);
  hash = mixed(hash ^ index);
  return mixed(hash ^ detail);
}

function mixed(value: number): number {
  let hash = Math.imul(value ^ (value >>> 16), 0x7feb352d);
  hash = Math.imul(hash ^ (hash >>> 15), 0x846ca68b);
  return (hash ^ (hash >>> 16)) >>> 0;
}
