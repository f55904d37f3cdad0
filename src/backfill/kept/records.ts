import { createHash } from 'node:crypto';
import * as z from 'zod';

/** A piece of a file, in an object of its own that is named by the digest of its content. */
const part = z.object({ sha256: z.string().regex(/^[0-9a-f]{64}$/), bytes: z.int().min(1) });
export type Part = z.output<typeof part>;

/** A path below the folder, so that an object that was tampered with cannot lead out of it. */
const file = z.string().regex(/^([a-z0-9-]+\/)?[a-z0-9-]+\.[a-z]+$/);
const bytes = z.int().min(0);

const record = z.discriminatedUnion('kind', [
  /** From here on the folder belongs to the writer of this record. */
  z.object({ kind: z.literal('taken-over') }),
  /** What follows the header is the end of the file, from byte `at` on. */
  z.object({ kind: z.literal('appended'), file, at: bytes, bytes, sha256: z.string() }),
  /** The file consists of these parts, whatever it was before. */
  z.object({ kind: z.literal('replaced'), file, parts: z.array(part) }),
]);
const header = z.intersection(z.object({ version: z.int(), by: z.string() }), record);

const head = z.object({
  version: z.int(),
  /** The first record that the files below do not contain. */
  next: z.int().min(0),
  files: z.array(z.object({ file, parts: z.array(part) })),
});
export type Head = Omit<z.output<typeof head>, 'version'>;

/** One change of the folder. */
export type FolderRecord =
  | { readonly kind: 'taken-over' }
  | { readonly kind: 'appended'; readonly file: string; readonly at: number; readonly payload: Uint8Array }
  | { readonly kind: 'replaced'; readonly file: string; readonly parts: readonly Part[] };

export const KEPT_VERSION = 1;
const NEWLINE = 0x0a;

export function digestOf(content: Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

/** A line of JSON, and the bytes that were appended. @param by the process; no two processes write the same record */
export function encodeRecord(by: string, change: FolderRecord): Buffer {
  const common = { version: KEPT_VERSION, by };
  if (change.kind !== 'appended') return lineOf({ ...common, ...change });
  const { payload, ...rest } = change;
  const described = { ...common, ...rest, bytes: payload.byteLength, sha256: digestOf(payload) };
  return Buffer.concat([lineOf(described), payload]);
}

export function encodeHead(contents: Head): Buffer {
  return lineOf({ version: KEPT_VERSION, ...contents });
}

/** `undefined`: this is no record. A number: the version of a format that this version does not know. */
export function decodeRecord(stored: Buffer): FolderRecord | number | undefined {
  const end = stored.indexOf(NEWLINE);
  const read = decode(header, stored.subarray(0, Math.max(0, end)));
  if (read === undefined || typeof read === 'number') return read;
  const payload = stored.subarray(end + 1);
  if (read.kind === 'appended') {
    const isWhole = payload.byteLength === read.bytes && digestOf(payload) === read.sha256;
    return isWhole ? { kind: read.kind, file: read.file, at: read.at, payload } : undefined;
  }
  return payload.byteLength === 0 ? read : undefined;
}

/** As {@link decodeRecord}. */
export function decodeHead(stored: Buffer): Head | number | undefined {
  return decode(head, stored);
}

function decode<T extends { readonly version: number }>(
  schema: z.ZodType<T>,
  text: Buffer,
): T | number | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text.toString('utf8'));
  } catch {
    return undefined;
  }
  const version = z.object({ version: z.int() }).safeParse(value).data?.version;
  if (version !== undefined && version > KEPT_VERSION) return version;
  return schema.safeParse(value).data;
}

function lineOf(value: object): Buffer {
  return Buffer.from(`${JSON.stringify(value)}\n`, 'utf8');
}
