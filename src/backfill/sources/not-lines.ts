import { advise, lifeboat, type Advice } from '../../advice.ts';
import { basename } from 'node:path';
import { CAN_UNZSTD, isGzip, isZstd } from './gunzip.ts';

/** Why a file is not lines of text, and what to do about it. */
export interface NotLines {
  /** A clause about the file. */
  readonly why: string;
  readonly next: Advice;
}

interface Kind {
  readonly what: string;
  readonly isCompressed?: true;
  readonly magic: readonly number[];
  readonly at?: number;
  /** Makes the text of it, on standard output. */
  readonly tool?: string;
}

const ascii = (text: string): readonly number[] => [...Buffer.from(text, 'latin1')];

const KINDS: readonly Kind[] = [
  { what: 'compressed with xz', isCompressed: true, magic: [0xfd, ...ascii('7zXZ'), 0], tool: 'xz -dc' },
  { what: 'compressed with bzip2', isCompressed: true, magic: ascii('BZh'), tool: 'bzip2 -dc' },
  { what: 'compressed with lz4', isCompressed: true, magic: [0x04, 0x22, 0x4d, 0x18], tool: 'lz4 -dc' },
  { what: 'compressed with lzip', isCompressed: true, magic: ascii('LZIP'), tool: 'lzip -dc' },
  { what: 'compressed with LZMA', isCompressed: true, magic: [0x5d, 0, 0], tool: 'xz --format=lzma -dc' },
  { what: 'compressed with compress', isCompressed: true, magic: [0x1f, 0x9d], tool: 'gzip -dc' },
  {
    what: 'compressed with Snappy',
    isCompressed: true,
    magic: [0xff, 0x06, 0, 0, ...ascii('sNaPpY')],
    tool: 'snzip -dc',
  },
  { what: 'a zip archive', magic: ascii('PK\x03\x04'), tool: 'unzip -p' },
  { what: 'a 7z archive', magic: [...ascii('7z'), 0xbc, 0xaf, 0x27, 0x1c], tool: '7z x -so' },
  { what: 'a tar archive', magic: ascii('ustar'), at: 257, tool: 'tar -xOf' },
  { what: 'a table in Parquet', magic: ascii('PAR1') },
  { what: 'a table in ORC', magic: ascii('ORC') },
  { what: 'a file of Avro', magic: [...ascii('Obj'), 1] },
  { what: 'a database of SQLite', magic: ascii('SQLite format 3\0') },
  { what: 'text in UTF-16', magic: [0xff, 0xfe], tool: 'iconv -f UTF-16 -t UTF-8' },
  { what: 'text in UTF-16', magic: [0xfe, 0xff], tool: 'iconv -f UTF-16 -t UTF-8' },
];

const LOOKED_AT = 1_024;
const READ_OTHERWISE = 'Write one JSON object a line';

/**
 * @param beginning of the text of a file, decompressed as far as this program can
 * @param isFormatKnown some of its lines are requests, or the runbook says what they are
 * @returns `undefined` for text made of lines
 */
export function notLines(beginning: Uint8Array, name: string, isFormatKnown: boolean): NotLines | undefined {
  const kind = kindOf(beginning);
  if (kind !== undefined) return asNotLines(kind, name);
  const document = jsonDocument(Buffer.from(beginning).toString('utf8'));
  if (document !== undefined && (!isFormatKnown || document.isCertain)) {
    const { filter, why } = document;
    return {
      why,
      next: advise`${READ_OTHERWISE}: jq -c '${filter}' ${shown(name)} | ${lifeboat('backfill scan', '-')}`,
    };
  }
  if (isFormatKnown || !isBinary(beginning)) return undefined;
  return { why: 'it is binary data, not lines of text', next: 'Leave it out, or write it as lines of text.' };
}

function kindOf(beginning: Uint8Array): Kind | undefined {
  if (isZstd(beginning)) {
    const what = CAN_UNZSTD
      ? 'compressed twice'
      : 'compressed with zstd, which this version of Node cannot read';
    return { what, isCompressed: true, magic: [], tool: 'zstd -dc' };
  }
  if (isGzip(beginning)) return { what: 'compressed twice', isCompressed: true, magic: [], tool: 'gzip -dc' };
  return KINDS.find(
    ({ magic, at = 0 }) =>
      // A line of text may begin with letters that also begin something else.
      hasAt(beginning, magic, at) &&
      (magic.some((byte) => byte < 0x20 || byte > 0x7e) || isBinary(beginning)),
  );
}

function isBinary(beginning: Uint8Array): boolean {
  return beginning.subarray(0, LOOKED_AT).some((byte) => byte < 0x09 || (byte > 0x0d && byte < 0x1b));
}

function hasAt(bytes: Uint8Array, magic: readonly number[], at: number): boolean {
  return magic.every((byte, index) => bytes[at + index] === byte);
}

function asNotLines({ what, tool, isCompressed }: Kind, name: string): NotLines {
  const why = `it is ${what}`;
  if (tool === undefined) return { why, next: `Write its rows as lines of JSON, or leave it out.` };
  const [verb, action] = isCompressed ? ['Decompress it', 'decompressed'] : ['Convert it', 'converted'];
  return {
    why,
    next: advise`${verb} first, or give it ${action} by standard input: ${tool} ${shown(name)} | ${lifeboat('backfill scan', '-')}`,
  };
}

/** A document of JSON over several lines, or a list of objects: no line of it is a request. */
function jsonDocument(
  text: string,
): { readonly why: string; readonly filter: string; readonly isCertain: boolean } | undefined {
  const start = text.replace(/^\ufeff/, '').trimStart();
  if (/^\[\s*[{\]]/.test(start))
    return { why: 'it is one array of JSON, not one object a line', filter: '.[]', isCertain: true };
  const list = /^\{\s*"([A-Za-z_]\w*)"\s*:\s*\[\s*\{/.exec(start)?.[1];
  if (list !== undefined)
    return {
      why: 'it is one document of JSON, not one object a line',
      filter: `.${list}[]`,
      isCertain: false,
    };
  if (/^\{\s*\n/.test(start))
    return { why: 'its objects of JSON span several lines', filter: '.', isCertain: true };
  return undefined;
}

/** Of an object of S3 the last part of its key, as it is called once it was fetched. */
function shown(name: string): string {
  if (name === '-') return 'FILE';
  const file = name.startsWith('s3://') ? basename(name) : name;
  return /^[\w./+@:-]+$/.test(file) ? file : 'FILE';
}
