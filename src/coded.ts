import type { RenderAdvice } from './advice.ts';

/** One field of the data that belongs to a code. `T` is the type of its value, `type` names it in the documentation. */
export interface Field<T> {
  readonly type: string;
  readonly about: string;
  readonly isOptional?: true;
  /** Never set: it carries `T` for the compiler. */
  readonly value?: T;
}

/** The meaning of a code, and the fields of its data. */
export interface Declared {
  readonly about: string;
  readonly data: Readonly<Record<string, Field<unknown>>>;
}

type ValueOf<F> = F extends Field<infer T> ? T : never;
type OptionalIn<F> = { [K in keyof F]: F[K] extends { readonly isOptional: true } ? K : never }[keyof F];

/** The data of a code, from its declaration. */
export type DataOf<D extends Declared> = {
  readonly [K in Exclude<keyof D['data'], OptionalIn<D['data']>>]: ValueOf<D['data'][K]>;
} & { readonly [K in OptionalIn<D['data']>]?: ValueOf<D['data'][K]> };

/** A code with its data, for a registry of declarations: a code with the data of another one is a type error. */
export type Coded<R extends Readonly<Record<string, Declared>>> = {
  [C in keyof R & string]: { readonly code: C; readonly data: DataOf<R[C]> };
}[keyof R & string];

/** One sentence for each code of a registry. `render` turns the commands in it into text. */
export type Sentences<R extends Readonly<Record<string, Declared>>> = {
  readonly [C in keyof R]: (data: DataOf<R[C]>, render: RenderAdvice) => string;
};

export function text(about: string): Field<string> {
  return { type: 'text', about };
}

export function texts(about: string): Field<readonly string[]> {
  return { type: 'list of texts', about };
}

export function count(about: string): Field<number> {
  return { type: 'number', about };
}

export function flag(about: string): Field<boolean> {
  return { type: 'true or false', about };
}

/** A field of any other JSON type. */
export function field<T>(type: string, about: string): Field<T> {
  return { type, about };
}

export function optional<T>(declared: Field<T>): Field<T> & { readonly isOptional: true } {
  return { ...declared, isOptional: true };
}
