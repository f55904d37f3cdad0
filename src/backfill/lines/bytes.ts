/** Bytes that formats look for. */
export const BYTE = {
  tab: 0x09,
  space: 0x20,
  quote: 0x22,
  hash: 0x23,
  plus: 0x2b,
  comma: 0x2c,
  minus: 0x2d,
  dot: 0x2e,
  slash: 0x2f,
  zero: 0x30,
  nine: 0x39,
  colon: 0x3a,
  letterT: 0x54,
  letterZ: 0x5a,
  bracket: 0x5b,
  closing: 0x5d,
  backslash: 0x5c,
  brace: 0x7b,
  closingBrace: 0x7d,
} as const;

/** The byte at `index`; callers keep within the line. */
export function byteAt(bytes: Uint8Array, index: number): number {
  return bytes[index] as number;
}

export function isDigit(byte: number): boolean {
  return byte >= BYTE.zero && byte <= BYTE.nine;
}

/** The number that two digits make; -1 when one of them is none. */
export function twoDigits(bytes: Uint8Array, index: number): number {
  const tens = byteAt(bytes, index) - BYTE.zero;
  const ones = byteAt(bytes, index + 1) - BYTE.zero;
  return tens >>> 0 > 9 || ones >>> 0 > 9 ? -1 : tens * 10 + ones;
}

/** The index of the next `byte` before `end`; `end` when there is none. */
export function indexOfByte(bytes: Uint8Array, byte: number, from: number, end: number): number {
  let index = from;
  while (index < end && bytes[index] !== byte) index += 1;
  return index;
}

/** Whether ASCII `text` stands at `start`. */
export function startsWith(bytes: Uint8Array, start: number, end: number, text: string): boolean {
  if (end - start < text.length) return false;
  for (let index = 0; index < text.length; index += 1) {
    if (bytes[start + index] !== text.charCodeAt(index)) return false;
  }
  return true;
}

/** `0`: never answered (`-`, `000`, and `0` as Traefik writes it); `-1`: no status. */
export function statusOf(bytes: Uint8Array, start: number, end: number): number {
  if (end - start === 1) return bytes[start] === BYTE.minus || bytes[start] === BYTE.zero ? 0 : -1;
  if (end - start !== 3) return -1;
  const hundreds = byteAt(bytes, start) - BYTE.zero;
  const rest = twoDigits(bytes, start + 1);
  if (hundreds >>> 0 > 9 || rest < 0) return -1;
  const status = hundreds * 100 + rest;
  return status === 0 || status >= 100 ? status : -1;
}

/** Seconds such as `0.012`; undefined for anything else, `-1` included: logs write it for an unknown duration. */
export function secondsOf(bytes: Uint8Array, start: number, end: number): number | undefined {
  if (end === start || end - start > 15) return undefined;
  let digits = 0;
  let scale = 0;
  for (let index = start; index < end; index += 1) {
    const byte = byteAt(bytes, index);
    if (isDigit(byte)) {
      digits = digits * 10 + byte - BYTE.zero;
      scale *= 10;
    } else if (byte === BYTE.dot && scale === 0 && index > start && index < end - 1) scale = 1;
    else return undefined;
  }
  return scale === 0 ? digits : digits / scale;
}
