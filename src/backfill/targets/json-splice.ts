/**
 * Sets one value in a JSON text and leaves every other byte as it is: numbers beyond what JavaScript can hold, the order of members, blanks.
 *
 * @param path `a.b.0.c`; its last member is added where it is missing, the way to it is not
 * @param value JSON text
 * @returns `undefined` when the text is not JSON or the path leads nowhere
 * @example setJsonValue('{"event":{"n":12345678901234567890}}', 'event.time', '1') // '{"event":{"time":1,"n":12345678901234567890}}'
 */
export function setJsonValue(text: string, path: string, value: string): string | undefined {
  if (!isJson(text)) return undefined;
  const names = path.split('.');
  const last = names.pop();
  let at = skipBlanks(text, 0);
  for (const name of names) {
    const inner = find(text, at, name);
    if (inner === undefined) return undefined;
    at = inner;
  }
  if (last === undefined) return undefined;
  const place = find(text, at, last);
  if (place !== undefined) return text.slice(0, place) + value + text.slice(endOfValue(text, place));
  if (text[at] !== '{') return undefined;
  const isEmpty = text[skipBlanks(text, at + 1)] === '}';
  return `${text.slice(0, at + 1)}${JSON.stringify(last)}:${value}${isEmpty ? '' : ','}${text.slice(at + 1)}`;
}

const SCALAR = /[^\s,\]}]+/y;

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** Where the value of that member or element of the value at `at` begins. Of several with the same name, the last counts, as everywhere. */
function find(text: string, at: number, name: string): number | undefined {
  if (text[at] === '{') return findMember(text, at, name);
  if (text[at] === '[') return findElement(text, at, name);
  return undefined;
}

function findMember(text: string, at: number, name: string): number | undefined {
  let found: number | undefined;
  let next = skipBlanks(text, at + 1);
  while (text[next] === '"') {
    const nameEnd = endOfString(text, next);
    const value = skipBlanks(text, skipBlanks(text, nameEnd) + 1);
    if (JSON.parse(text.slice(next, nameEnd)) === name) found = value;
    const end = skipBlanks(text, endOfValue(text, value));
    if (text[end] !== ',') break;
    next = skipBlanks(text, end + 1);
  }
  return found;
}

function findElement(text: string, at: number, name: string): number | undefined {
  if (!/^(0|[1-9]\d*)$/.test(name)) return undefined;
  let next = skipBlanks(text, at + 1);
  for (let index = 0; text[next] !== ']'; index += 1) {
    if (index === Number(name)) return next;
    const end = skipBlanks(text, endOfValue(text, next));
    if (text[end] !== ',') return undefined;
    next = skipBlanks(text, end + 1);
  }
  return undefined;
}

/** The first place after the value that begins at `at`. */
function endOfValue(text: string, at: number): number {
  const first = text[at];
  if (first === '"') return endOfString(text, at);
  if (first !== '{' && first !== '[') return endOfScalar(text, at);
  let depth = 0;
  for (let index = at; ;) {
    const char = text[index];
    if (char === '"') {
      index = endOfString(text, index);
      continue;
    }
    if (char === '{' || char === '[') depth += 1;
    if (char === '}' || char === ']') depth -= 1;
    index += 1;
    if (depth === 0) return index;
  }
}

/** Numbers may have any number of digits. */
function endOfScalar(text: string, at: number): number {
  SCALAR.lastIndex = at;
  return SCALAR.test(text) ? SCALAR.lastIndex : at;
}

function endOfString(text: string, at: number): number {
  let index = at + 1;
  while (text[index] !== '"') index += text[index] === '\\' ? 2 : 1;
  return index + 1;
}

function skipBlanks(text: string, at: number): number {
  let index = at;
  while (text[index] === ' ' || text[index] === '\n' || text[index] === '\t' || text[index] === '\r')
    index += 1;
  return index;
}
