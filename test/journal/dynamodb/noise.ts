import { createHash } from 'node:crypto';

/** A text of about so many bytes that does not compress below three quarters; the same for the same key. */
export function noise(key: string, bytes: number): string {
  const parts: string[] = [];
  for (let index = 0; index * 44 < bytes; index += 1)
    parts.push(createHash('sha256').update(`${key}/${index}`).digest('base64'));
  return parts.join('');
}
