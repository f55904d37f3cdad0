import { DANGEROUS_KEYS } from '../document/tree.ts';

/** Whether a tag of this name can stand in the file of an inventory: no document holds keys such as `__proto__`. */
export function isWritableTag(name: string): boolean {
  return !DANGEROUS_KEYS.has(name);
}
