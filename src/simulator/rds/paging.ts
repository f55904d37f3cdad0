import { rdsFailure } from '../service/ec2-rds-errors.ts';
import type { RequestFilter } from '../service/filters.ts';
import { pageOf } from '../service/paging.ts';
import type { Page } from '../service/paging.ts';
import { RDS_PAGE } from '../model/rates.ts';
import { plainId } from './arns.ts';
import type { Seen } from '../state/table.ts';

/** Names of filters that take an ARN in the place of an identifier. */
const IDENTIFIES = new Set(['db-instance-id', 'db-cluster-id']);

/** @throws RDSServiceException InvalidParameterValue for a filter the operation does not have */
export function compileRdsFilters<T>(
  filters: readonly RequestFilter[] | undefined,
  fields: Readonly<Record<string, (item: T) => string | undefined>>,
): (item: T) => boolean {
  const tests = (filters ?? []).map(({ Name: name = '', Values: values = [] }) => {
    const read = Object.hasOwn(fields, name) ? fields[name] : undefined;
    if (read === undefined) throw rdsFailure('InvalidParameterValue', `Unrecognized filter name: ${name}`);
    const wanted = new Set(
      values.map((value) => (IDENTIFIES.has(name) ? plainId(value) : value).toLowerCase()),
    );
    return (item: T): boolean => wanted.has(read(item)?.toLowerCase() ?? '');
  });
  return (item) => tests.every((holds) => holds(item));
}

/** @throws RDSServiceException InvalidParameterValue for a page size out of range or a marker that is not ours */
export function rdsPage<T>(
  found: readonly Seen<T>[],
  input: { readonly MaxRecords?: number | undefined; readonly Marker?: string | undefined },
): Page<Seen<T>> {
  const size = input.MaxRecords ?? RDS_PAGE.most;
  if (size < RDS_PAGE.least || size > RDS_PAGE.most) {
    throw rdsFailure(
      'InvalidParameterValue',
      `Invalid value ${size} for MaxRecords. Must be between ${RDS_PAGE.least} and ${RDS_PAGE.most}`,
    );
  }
  const page = pageOf(found, size, input.Marker);
  if (page === undefined)
    throw rdsFailure('InvalidParameterValue', `The marker '${input.Marker}' is invalid`);
  return page;
}
