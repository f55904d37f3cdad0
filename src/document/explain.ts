import type { z } from 'zod';
import { describeValue, formatPath, printable } from './complaints.ts';
import type { DocumentPath, Objection } from './complaints.ts';
import { clauseOf, isExpectation } from './expected.ts';
import { percent } from './scalars.ts';
import { optionsOf, schemaAt, shapeOf, unwrap } from './shape.ts';
import type { Schema } from './shape.ts';
import { nearest } from './suggest.ts';
import { isMapping, valueAt } from './values.ts';

type Issue = z.core.$ZodIssue;
type UnionIssue = Extract<Issue, { code: 'invalid_union' }>;

const KINDS: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  object: 'a mapping',
  record: 'a mapping',
  array: 'a list',
};

/** What a schema without a message of its own expected, without the word `expected`; given to zod as its error map. */
export function expectation(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case 'invalid_type':
      return KINDS[issue.expected] ?? issue.expected;
    case 'invalid_value':
      return issue.values.length === 1
        ? describeValue(issue.values[0])
        : `one of ${issue.values.map(String).join(', ')}`;
    case 'too_small':
      return limit(issue.origin, issue.inclusive === false ? 'more than' : 'at least', issue.minimum);
    case 'too_big':
      return limit(issue.origin, issue.inclusive === false ? 'less than' : 'at most', issue.maximum);
    case 'invalid_format':
      return `text of the form ${issue.pattern ?? issue.format}`;
    default:
      return undefined;
  }
}

function limit(origin: string, comparison: string, bound: number | bigint): string {
  const unit = { string: 'character', array: 'entry' }[origin];
  if (unit === undefined) return `${comparison} ${bound}`;
  const plural = unit === 'entry' ? 'entries' : `${unit}s`;
  return `${comparison} ${bound} ${Number(bound) === 1 ? unit : plural}`;
}

/** The document that the issues are about. */
export interface Subject {
  readonly schema: Schema;
  readonly value: unknown;
  /** A scalar as it is written in the file. */
  writtenAt(path: DocumentPath): string | undefined;
}

/** Issues of zod as objections that a person can act on: which key, what was expected, what was probably meant. */
export function explain(subject: Subject, issues: readonly Issue[]): readonly Objection[] {
  const objections = issues.flatMap((issue) => explainIssue(subject, issue, subject.schema, []));
  return withoutEchoes(objections).map(({ path, part, message, suggestion }) => ({
    path,
    ...(part === undefined ? {} : { part }),
    message,
    ...(suggestion === undefined ? {} : { suggestion }),
  }));
}

/** An objection with the key that is missing or misspelled. */
interface KeyedObjection extends Objection {
  readonly missing?: string;
}

function explainIssue(
  subject: Subject,
  issue: Issue,
  schema: Schema,
  base: DocumentPath,
): readonly KeyedObjection[] {
  const path = [
    ...base,
    ...issue.path.map((segment) => (typeof segment === 'number' ? segment : String(segment))),
  ];
  const here = (inner: readonly PropertyKey[]) => schemaAt(schema, valueAt(subject.value, base), inner);
  switch (issue.code) {
    case 'unrecognized_keys': {
      const valid = Object.keys(shapeOf(here(issue.path) ?? schema));
      return issue.keys.map((key) => unknownKey(path, key, valid));
    }
    case 'invalid_union':
      return explainUnion(subject, issue, schema, path, base);
    case 'invalid_key':
    case 'invalid_element':
      return [{ path, part: 'key', message: labelled(path, clauseOf(issue.issues[0] ?? issue)) }];
    default:
      return [explainValue(subject, issue, here(issue.path), path)];
  }
}

function unknownKey(path: DocumentPath, key: string, valid: readonly string[]): KeyedObjection {
  const suggestion = nearest(key, valid);
  const known =
    valid.length === 0 ? '' : `; expected ${valid.length === 1 ? '' : 'one of '}${valid.join(', ')}`;
  return {
    path: [...path, key],
    part: 'key',
    message: labelled(path, `unknown key '${printable(key)}'${known}`),
    ...(suggestion === undefined ? {} : { suggestion }),
  };
}

function explainValue(
  subject: Subject,
  issue: Issue,
  schema: Schema | undefined,
  path: DocumentPath,
): KeyedObjection {
  const value = valueAt(subject.value, path);
  const key = path.at(-1);
  if (value === undefined && typeof key === 'string')
    return missingKey(path.slice(0, -1), key, clauseOf(issue));
  const suggestion = valueSuggestion(subject, issue, schema, path, value);
  const given = isExpectation(issue) ? `, not ${describeValue(value)}` : '';
  return {
    path,
    message: labelled(path, `${clauseOf(issue)}${given}`),
    ...(suggestion === undefined ? {} : { suggestion }),
  };
}

function missingKey(path: DocumentPath, key: string, expected: string): KeyedObjection {
  return { path, missing: key, message: labelled(path, `the key '${key}' is missing; ${expected}`) };
}

function valueSuggestion(
  subject: Subject,
  issue: Issue,
  schema: Schema | undefined,
  path: DocumentPath,
  value: unknown,
): string | undefined {
  if (issue.code === 'invalid_value' && typeof value === 'string')
    return nearest(value, issue.values.map(String));
  const isPlain = typeof value === 'number' || typeof value === 'boolean';
  if (issue.code === 'invalid_type' && issue.expected === 'string' && isPlain) {
    const written = subject.writtenAt(path);
    if (written === undefined) return undefined;
    return schema !== undefined && unwrap(schema) === unwrap(percent) ? `${written}%` : `"${written}"`;
  }
  if (issue.code === 'invalid_type' && issue.expected === 'array' && typeof value === 'string')
    return `[${printable(value)}]`;
  return undefined;
}

function explainUnion(
  subject: Subject,
  issue: UnionIssue,
  schema: Schema,
  path: DocumentPath,
  base: DocumentPath,
): readonly KeyedObjection[] {
  if (issue.discriminator !== undefined) {
    const names = 'options' in issue ? (issue.options ?? []).map(String) : [];
    const value = valueAt(subject.value, path);
    const message = `expected one of ${names.join(', ')}`;
    if (value === undefined) return [missingKey(path.slice(0, -1), issue.discriminator, message)];
    const suggestion = typeof value === 'string' ? nearest(value, names) : undefined;
    return [
      {
        path,
        message: labelled(path, `${message}, not ${describeValue(value)}`),
        ...(suggestion === undefined ? {} : { suggestion }),
      },
    ];
  }
  const union = unionAt(schema, valueAt(subject.value, base), issue.path);
  const options = union === undefined ? [] : optionsOf(union);
  const value = valueAt(subject.value, path);
  const best = bestOption(issue.errors, options, value);
  const errors = best === undefined ? undefined : issue.errors[best];
  if (errors !== undefined && best !== undefined) {
    return errors.flatMap((error) => explainIssue(subject, error, options[best] ?? schema, path));
  }
  return [noOption(subject, issue, options, path, value)];
}

/** Like {@link schemaAt}, but the union itself and not the alternative that fits. */
function unionAt(schema: Schema, value: unknown, path: readonly PropertyKey[]): Schema | undefined {
  const key = path.at(-1);
  if (key === undefined) return schema;
  const parent = schemaAt(schema, value, path.slice(0, -1));
  if (parent === undefined) return undefined;
  return shapeOf(parent)[String(key)] ?? elementOf(parent);
}

function elementOf(schema: Schema): Schema | undefined {
  const definition = (schema as z.core.$ZodTypes)._zod.def;
  if (definition.type === 'array') return definition.element;
  return definition.type === 'record' ? definition.valueType : undefined;
}

/** The alternative that was most likely meant: of the right kind, and sharing most keys; `undefined` when nothing speaks for any. */
function bestOption(
  errors: readonly (readonly Issue[])[],
  options: readonly Schema[],
  value: unknown,
): number | undefined {
  const fitting = errors.flatMap((issues, index) => (issues.some(isOfOtherKind) ? [] : [index]));
  if (fitting.length <= 1) return fitting[0];
  if (!isMapping(value)) return fitting[0];
  let best: number | undefined;
  let bestScore = 0;
  for (const index of fitting) {
    const option = options[index];
    const names = option === undefined ? [] : Object.keys(shapeOf(option));
    let score = 0;
    for (const key of Object.keys(value)) {
      if (names.includes(key)) score += 1_000;
      else if (nearest(key, names) !== undefined) score += 900;
    }
    score = Math.max(0, score - (errors[index]?.length ?? 0));
    if (score > bestScore) {
      best = index;
      bestScore = score;
    }
  }
  return best;
}

function isOfOtherKind(issue: Issue): boolean {
  return issue.path.length === 0 && (issue.code === 'invalid_type' || issue.code === 'invalid_value');
}

function noOption(
  subject: Subject,
  issue: UnionIssue,
  options: readonly Schema[],
  path: DocumentPath,
  value: unknown,
): KeyedObjection {
  const expected = issue.errors.map((errors, index) => {
    const keys = requiredKeys(options[index]);
    if (keys.length > 0) return `a mapping with ${keys.map((key) => `'${key}'`).join(' and ')}`;
    return errors.map(({ message }) => message).join(', ');
  });
  const suggestion = issue.errors
    .flatMap((errors, index) =>
      errors.map((error) => valueSuggestion(subject, error, options[index], path, value)),
    )
    .find((guess) => guess !== undefined);
  return {
    path,
    message: labelled(path, `expected ${[...new Set(expected)].join(' or ')}, not ${describeValue(value)}`),
    ...(suggestion === undefined ? {} : { suggestion }),
  };
}

function requiredKeys(option: Schema | undefined): readonly string[] {
  if (option === undefined) return [];
  return Object.entries(shapeOf(option)).flatMap(([key, schema]) =>
    schema._zod.optin === undefined ? [key] : [],
  );
}

/** A misspelled key is one mistake: the complaint that the correct key is missing repeats it. */
function withoutEchoes(objections: readonly KeyedObjection[]): readonly KeyedObjection[] {
  const suggested = new Set(
    objections.flatMap(({ path, part, suggestion }) =>
      part === 'key' && suggestion !== undefined ? [JSON.stringify([...path.slice(0, -1), suggestion])] : [],
    ),
  );
  return objections.filter(
    ({ path, missing }) => missing === undefined || !suggested.has(JSON.stringify([...path, missing])),
  );
}

function labelled(path: DocumentPath, message: string): string {
  const label = formatPath(path);
  return label === '' ? message : `${label}: ${message}`;
}
