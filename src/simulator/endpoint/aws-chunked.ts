import type { WireRequest } from './wire.ts';

/** The bytes of an object: SDKs may send them in signed chunks, with checksums behind them (`aws-chunked`). */
export function bytesOf({ headers, body }: Pick<WireRequest, 'headers' | 'body'>): Buffer {
  const isChunked = /^STREAMING-/.test(String(headers['x-amz-content-sha256'] ?? ''));
  return isChunked ? Buffer.concat([...chunksOf(body)]) : body;
}

/** `SIZE[;chunk-signature=...]\r\n BYTES \r\n`, the size in hexadecimal; a chunk of size 0 is the last. */
function* chunksOf(body: Buffer): Iterable<Buffer> {
  for (let at = 0; ;) {
    const lineEnd = body.indexOf('\r\n', at);
    const size = parseInt(body.toString('latin1', at, lineEnd), 16);
    if (lineEnd === -1 || Number.isNaN(size)) throw new Error('the chunks of the body are broken');
    if (size === 0) return;
    yield body.subarray(lineEnd + 2, lineEnd + 2 + size);
    at = lineEnd + 2 + size + 2;
  }
}
