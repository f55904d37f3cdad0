import { ec2Failure } from './ec2-rds-errors.ts';
import type { Tags } from '../model/records.ts';
import { EC2_FILTER_VALUES } from '../model/rates.ts';

export interface RequestFilter {
  readonly Name?: string | undefined;
  readonly Values?: readonly string[] | undefined;
}

/** What a filter of this name compares: the values an item has for it. */
export type FilterFields<T> = Readonly<Record<string, (item: T) => readonly (string | undefined)[]>>;

/**
 * Turns the Filters of an EC2 request into a test. All filters must hold, any value of one does; `*` and `?` are wildcards. `tag:KEY` and
 * `tag-key` work wherever an item has tags.
 *
 * @throws EC2ServiceException InvalidParameterValue for a filter the operation does not have, FilterLimitExceeded
 */
export function compileFilters<T extends { readonly tags?: Tags }>(
  filters: readonly RequestFilter[] | undefined,
  fields: FilterFields<T>,
): (item: T) => boolean {
  const tests = (filters ?? []).map(({ Name: name = '', Values: values = [] }) => {
    if (values.length > EC2_FILTER_VALUES) {
      throw ec2Failure(
        'FilterLimitExceeded',
        `The maximum number of filter values specified on a single call is ${EC2_FILTER_VALUES}; '${name}' has ${values.length}.`,
      );
    }
    const read = fieldOf(name, fields);
    const matches = matcherOf(values);
    return (item: T): boolean => read(item).some((value) => value !== undefined && matches(value));
  });
  return (item) => tests.every((holds) => holds(item));
}

/** The plain values of the filter `name`, if there is one without wildcards: the ids that need looking at. */
export function idsInFilter(
  filters: readonly RequestFilter[] | undefined,
  name: string,
): readonly string[] | undefined {
  const values = filters?.find((filter) => filter.Name === name)?.Values;
  return values?.some((value) => /[*?]/.test(value)) === true ? undefined : values;
}

function fieldOf<T extends { readonly tags?: Tags }>(
  name: string,
  fields: FilterFields<T>,
): (item: T) => readonly (string | undefined)[] {
  if (name.startsWith('tag:')) {
    const key = name.slice('tag:'.length);
    return (item) => [item.tags?.[key]];
  }
  if (name === 'tag-key') return (item) => Object.keys(item.tags ?? {});
  const read = Object.hasOwn(fields, name) ? fields[name] : undefined;
  if (read === undefined) throw ec2Failure('InvalidParameterValue', `The filter '${name}' is invalid`);
  return read;
}

function matcherOf(values: readonly string[]): (value: string) => boolean {
  const plain = new Set(values.filter((value) => !/[*?]/.test(value)));
  const patterns = values
    .filter((value) => /[*?]/.test(value))
    .map(
      (value) =>
        new RegExp(
          `^${value
            .replace(/[.+^${}()|[\]\\]/g, '\\$&')
            .replace(/\*/g, '.*')
            .replace(/\?/g, '.')}$`,
          's',
        ),
    );
  return (value) => plain.has(value) || patterns.some((pattern) => pattern.test(value));
}
