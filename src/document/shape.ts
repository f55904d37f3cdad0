import type { z } from 'zod';
import { isMapping, valueAt } from './values.ts';

export type Schema = z.core.$ZodType;

function definitionOf(schema: Schema) {
  return (schema as z.core.$ZodTypes)._zod.def;
}

/** The schema itself, without what only says whether it may be absent or what becomes of it. */
export function unwrap(schema: Schema): Schema {
  const definition = definitionOf(schema);
  switch (definition.type) {
    case 'optional':
    case 'nullable':
    case 'default':
    case 'prefault':
    case 'readonly':
    case 'nonoptional':
    case 'catch':
      return unwrap(definition.innerType);
    case 'pipe':
      return unwrap(definition.in);
    default:
      return schema;
  }
}

/** The keys that a mapping of this schema may have, and the schema of each; empty for what is no mapping with fixed keys. */
export function shapeOf(schema: Schema): Readonly<Record<string, Schema>> {
  const definition = definitionOf(unwrap(schema));
  return definition.type === 'object' ? definition.shape : {};
}

/** What a list of this schema holds; `undefined` for what is no list. */
export function elementOf(schema: Schema | undefined): Schema | undefined {
  if (schema === undefined) return undefined;
  const definition = definitionOf(unwrap(schema));
  return definition.type === 'array' ? definition.element : undefined;
}

/** The alternatives of a union; empty for anything else. */
export function optionsOf(schema: Schema): readonly Schema[] {
  const definition = definitionOf(unwrap(schema));
  return definition.type === 'union' ? definition.options : [];
}

/** The schema that judges `value` at `path` below `schema`, going into the alternatives of unions that fit the value best. */
export function schemaAt(schema: Schema, value: unknown, path: readonly PropertyKey[]): Schema | undefined {
  let current: Schema | undefined = chosen(schema, value);
  let inner = value;
  for (const segment of path) {
    if (current === undefined) return undefined;
    current = child(current, segment);
    inner = valueAt(inner, [segment]);
    if (current !== undefined) current = chosen(current, inner);
  }
  return current;
}

function child(schema: Schema, segment: PropertyKey): Schema | undefined {
  const definition = definitionOf(schema);
  switch (definition.type) {
    case 'object':
      return Object.hasOwn(definition.shape, segment) ? definition.shape[String(segment)] : undefined;
    case 'array':
      return definition.element;
    case 'record':
      return definition.valueType;
    default:
      return undefined;
  }
}

function chosen(schema: Schema, value: unknown): Schema {
  const inner = unwrap(schema);
  const definition = definitionOf(inner);
  if (definition.type !== 'union') return inner;
  const discriminator = 'discriminator' in definition ? String(definition.discriminator) : undefined;
  const named =
    discriminator === undefined
      ? undefined
      : definition.options.find((option) =>
          accepts(shapeOf(option)[discriminator], valueAt(value, [discriminator])),
        );
  return unwrap(named ?? closest(definition.options, value) ?? inner);
}

function closest(options: readonly Schema[], value: unknown): Schema | undefined {
  if (!isMapping(value)) return undefined;
  const keys = Object.keys(value);
  const fits = options.map((option) => keys.filter((key) => Object.hasOwn(shapeOf(option), key)).length);
  const best = Math.max(...fits);
  return best > 0 ? options[fits.indexOf(best)] : undefined;
}

function accepts(schema: Schema | undefined, value: unknown): boolean {
  if (schema === undefined) return false;
  const definition = definitionOf(unwrap(schema));
  return definition.type === 'literal' && (definition.values as readonly unknown[]).includes(value);
}
