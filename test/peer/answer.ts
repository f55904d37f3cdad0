/** What an operation answers: elements by name; a list stands for its element as often as it has entries. `undefined` is left out. */
export type Tree =
  string | number | boolean | Date | undefined | readonly Tree[] | { readonly [name: string]: Tree };

/** How answers are written down: what the quirks of a peer leave out or make the same. */
export interface Writing {
  /** Names of elements and fields that are never told. */
  readonly hides: ReadonlySet<string>;
  /** Every instant that is told is this one. */
  readonly frozenAt?: Date;
}

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

function escapeXml(text: string): string {
  return text.replace(
    /[&<>"]|[^\P{Cc}]/gu,
    (found) => ESCAPES[found] ?? `&#x${found.charCodeAt(0).toString(16)};`,
  );
}

export function isoOf(date: Date): string {
  return date.toISOString();
}

function element(name: string, value: Tree, writing: Writing): string {
  if (value === undefined || writing.hides.has(name)) return '';
  if (isList(value)) return value.map((entry) => element(name, entry, writing)).join('');
  if (value instanceof Date) return `<${name}>${isoOf(writing.frozenAt ?? value)}</${name}>`;
  if (typeof value === 'object') return `<${name}>${elements(value, writing)}</${name}>`;
  return `<${name}>${escapeXml(String(value))}</${name}>`;
}

function isList(value: Tree): value is readonly Tree[] {
  return Array.isArray(value);
}

function elements(fields: { readonly [name: string]: Tree }, writing: Writing): string {
  return Object.entries(fields)
    .map(([name, value]) => element(name, value, writing))
    .join('');
}

const DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n';

/** EC2 puts the answer into the response itself, the other services into a result inside. */
export function writeXml(
  service: string,
  operation: string,
  requestId: string,
  fields: { readonly [name: string]: Tree },
  writing: Writing,
): string {
  const open = `${operation}Response`;
  if (service === 'ec2') {
    const inside = `<requestId>${requestId}</requestId>${elements(fields, writing)}`;
    return `${DECLARATION}<${open} xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">${inside}</${open}>`;
  }
  const result = `<${operation}Result>${elements(fields, writing)}</${operation}Result>`;
  const metadata = `<ResponseMetadata><RequestId>${requestId}</RequestId></ResponseMetadata>`;
  return `${DECLARATION}<${open}>${result}${metadata}</${open}>`;
}

export function writeXmlError(service: string, requestId: string, code: string, message: string): string {
  const said = `<Code>${escapeXml(code)}</Code><Message>${escapeXml(message)}</Message>`;
  if (service === 'ec2')
    return `${DECLARATION}<Response><Errors><Error>${said}</Error></Errors><RequestID>${requestId}</RequestID></Response>`;
  const error = `<Error><Type>Sender</Type>${said}</Error>`;
  return `${DECLARATION}<ErrorResponse>${error}<RequestId>${requestId}</RequestId></ErrorResponse>`;
}

/** As S3 writes: the fields in one element, which has the answer's own name. */
export function writeXmlRoot(
  name: string,
  fields: { readonly [name: string]: Tree },
  writing: Writing = { hides: new Set() },
): string {
  return `${DECLARATION}${element(name, fields, writing)}`;
}

/** Instants are seconds since the epoch in these protocols. */
export function writeJson(fields: Tree, writing: Writing): string {
  return JSON.stringify(plain(fields, writing));
}

function plain(value: Tree, writing: Writing): unknown {
  if (value instanceof Date) return (writing.frozenAt ?? value).getTime() / 1_000;
  if (isList(value)) return value.map((entry) => plain(entry, writing));
  if (typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name]) => !writing.hides.has(name))
      .map(([name, inner]) => [name, plain(inner, writing)]),
  );
}
