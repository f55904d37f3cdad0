import type { LineBatch } from '../base/survey.ts';

/** Walks the lines of a batch in their order. A line is only valid while `visit` runs: copy it to keep it. */
export function forEachLine(batch: LineBatch, visit: (line: Buffer, offset: number) => void): void {
  const { bytes, starts, ends, offsets } = batch;
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let index = 0; index < starts.length; index += 1) {
    visit(text.subarray(starts[index], ends[index]), offsets[index] as number);
  }
}
