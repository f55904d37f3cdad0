import { isAlias, isMap, isScalar, isSeq } from 'yaml';
import type { Alias, Node, Pair, Scalar, YAMLMap } from 'yaml';
import type { Complaint, Place } from '../errors.ts';
import { documentError, formatPath, MAX_COMPLAINTS, printable } from './complaints.ts';
import type { DocumentPath } from './complaints.ts';
import type { Syntax } from './syntax.ts';
import { MAX_DEPTH } from './tokens.ts';
import { isMapping } from './values.ts';

/** Values that aliases may stand for in all; without a limit a short file could expand without end. */
const MAX_ALIASED_NODES = 100_000;

/** Entries of a list within an entry of a list: there may be many resources and volumes, but few entries in each. */
export const MAX_INNER_ENTRIES = 10_000;

/** Keys that would change what a JavaScript object is instead of what it holds. */
export const DANGEROUS_KEYS: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

const CORE_TAGS: ReadonlySet<string> = new Set(
  ['str', 'int', 'float', 'bool', 'null', 'map', 'seq'].map((name) => `tag:yaml.org,2002:${name}`),
);

/** A document as plain values, and the way back from a value to its place. */
export interface Tree {
  readonly file: string;
  readonly value: Readonly<Record<string, unknown>>;
  /** The place of what stands at a path, or of the nearest thing around it that exists. */
  placeOf(path: DocumentPath, part?: 'key' | 'value'): Place;
  /** A scalar as it is written in the file, e.g. `0012` where the value is 12; `undefined` for anything else. */
  writtenAt(path: DocumentPath): string | undefined;
}

interface Builder {
  readonly file: string;
  readonly placeAt: (offset: number) => Place;
  readonly anchors: Map<string, Node>;
  readonly targets: Map<Alias, Node>;
  /** What is being built at this moment, from the root inward. */
  readonly open: Set<Node>;
  readonly members: Map<YAMLMap, ReadonlyMap<string, Pair>>;
  readonly complaints: Complaint[];
  aliasedNodes: number;
}

/**
 * The values of a document. Throws `INVALID_DOCUMENT` with all that is refused: roots that are no mapping, duplicate, dangerous
 * and non-text keys, tags beyond the core schema, aliases that are unknown, circular or explode.
 */
export function buildTree({ document, placeAt }: Syntax, file: string): Tree {
  const builder: Builder = {
    file,
    placeAt,
    anchors: new Map(),
    targets: new Map(),
    open: new Set(),
    members: new Map(),
    complaints: [],
    aliasedNodes: 0,
  };
  const root: Node | null = document.contents;
  const value = build(builder, root, [], false);
  if (builder.complaints.length === 0 && !isMapping(value)) {
    const place = placeAt(startOf(root) ?? 0);
    builder.complaints.push({ place, message: 'expected a mapping of keys to values at the top' });
  }
  if (builder.complaints.length > 0 || !isMapping(value)) {
    throw documentError('INVALID_DOCUMENT', 'YAML document', file, builder.complaints);
  }
  return {
    file,
    value,
    placeOf: (path, part = 'value') => {
      const found = locate(builder, root, path);
      return placeAt(part === 'key' && found.complete ? found.keyOffset : found.offset);
    },
    writtenAt: (path) => {
      const { node, complete } = locate(builder, root, path);
      return complete && isScalar(node) ? node.source : undefined;
    },
  };
}

function build(builder: Builder, node: Node | null, path: DocumentPath, aliased: boolean): unknown {
  if (node === null) return null;
  if (isAlias(node)) return buildAlias(builder, node, path, aliased);
  if (aliased) {
    builder.aliasedNodes += 1;
    if (exploded(builder)) return null;
  }
  if (node.anchor !== undefined && !aliased) builder.anchors.set(node.anchor, node);
  const tag = node.tag;
  if (tag !== undefined && !CORE_TAGS.has(tag) && !aliased) {
    complain(builder, node, path, `the tag '${printable(tag)}' is not supported; write the plain value`);
  }
  if (isScalar(node)) return node.value;
  builder.open.add(node);
  try {
    if (isMap(node)) return buildMapping(builder, node, path, aliased);
    if (isSeq(node)) {
      if (path.length > 1 && node.items.length > MAX_INNER_ENTRIES) {
        complain(builder, node, path, `expected a list of at most ${MAX_INNER_ENTRIES} entries`);
        return [];
      }
      return node.items.map((item, index) => build(builder, item as Node | null, [...path, index], aliased));
    }
  } finally {
    builder.open.delete(node);
  }
  return null;
}

function buildAlias(builder: Builder, alias: Alias, path: DocumentPath, aliased: boolean): unknown {
  if (exploded(builder)) return null;
  const target = aliased ? builder.targets.get(alias) : builder.anchors.get(alias.source);
  const name = `'*${printable(alias.source)}'`;
  if (target === undefined) {
    if (!aliased) complain(builder, alias, path, `the alias ${name} has no anchor before it`);
    return null;
  }
  builder.targets.set(alias, target);
  if (builder.open.has(target) || path.length > MAX_DEPTH) {
    complain(
      builder,
      alias,
      path,
      `the alias ${name} contains itself or nests deeper than ${MAX_DEPTH} levels`,
    );
    return null;
  }
  const value = build(builder, target, path, true);
  if (exploded(builder) && !aliased) {
    const message = `the alias ${name} expands the document to more than ${MAX_ALIASED_NODES} values; write the values out`;
    complain(builder, alias, path, message);
  }
  return value;
}

function buildMapping(builder: Builder, map: YAMLMap, path: DocumentPath, aliased: boolean): unknown {
  const value: Record<string, unknown> = {};
  const members = new Map<string, Pair>();
  for (const pair of map.items) {
    const key = pair.key as Node | null;
    const name = nameOf(key);
    if (aliased && (name === undefined || DANGEROUS_KEYS.has(name) || members.has(name))) continue;
    if (name === undefined) {
      complain(builder, key ?? map, path, nonTextKey(key));
      continue;
    }
    const earlier = members.get(name)?.key as Node | null | undefined;
    if (DANGEROUS_KEYS.has(name)) {
      complain(builder, key ?? map, path, `the key '${name}' is not allowed`);
    } else if (earlier !== undefined) {
      const { line } = builder.placeAt(startOf(earlier) ?? 0);
      complain(
        builder,
        key ?? map,
        path,
        `the key '${printable(name)}' is given twice; the first is on line ${line}`,
      );
    } else {
      members.set(name, pair);
      value[name] = build(builder, pair.value as Node | null, [...path, name], aliased);
    }
  }
  if (!aliased) builder.members.set(map, members);
  return value;
}

function nameOf(key: Node | null): string | undefined {
  return isScalar(key) && typeof key.value === 'string' ? key.value : undefined;
}

function nonTextKey(key: Node | null): string {
  if (!isScalar(key)) return 'expected a key that is text, not an alias, a list or a mapping';
  const written = printable((key as Scalar).source ?? '');
  return written === ''
    ? 'expected a key before the colon'
    : `expected a key that is text: write "${written}" in quotes`;
}

function exploded(builder: Builder): boolean {
  return builder.aliasedNodes > MAX_ALIASED_NODES;
}

function complain(builder: Builder, node: Node, path: DocumentPath, message: string): void {
  const label = formatPath(path);
  builder.complaints.push({
    place: builder.placeAt(startOf(node) ?? 0),
    message: label === '' ? message : `${label}: ${message}`,
  });
  if (builder.complaints.length >= MAX_COMPLAINTS) {
    throw documentError('INVALID_DOCUMENT', 'YAML document', builder.file, builder.complaints);
  }
}

function startOf(node: Node | null): number | undefined {
  return node?.range?.[0];
}

interface Location {
  readonly node: Node | null;
  readonly offset: number;
  readonly keyOffset: number;
  /** False when the path leads further than the document does. */
  readonly complete: boolean;
}

function locate(builder: Builder, root: Node | null, path: DocumentPath): Location {
  const start = startOf(root) ?? 0;
  let found: Location = { node: root, offset: start, keyOffset: start, complete: true };
  for (const segment of path) {
    const around = isAlias(found.node) ? (builder.targets.get(found.node) ?? null) : found.node;
    const pair = isMap(around) ? builder.members.get(around)?.get(String(segment)) : undefined;
    const item = isSeq(around) && typeof segment === 'number' ? around.items[segment] : undefined;
    if (pair === undefined && item === undefined) return { ...found, complete: false };
    const node = (pair === undefined ? item : pair.value) as Node | null;
    const keyOffset = startOf((pair?.key ?? node) as Node | null) ?? found.offset;
    // The place of an empty value is behind the colon: the place of its key is more useful.
    const empty = node?.range?.[0] === node?.range?.[1];
    found = { node, offset: empty ? keyOffset : (startOf(node) ?? keyOffset), keyOffset, complete: true };
  }
  return found;
}
