import { ec2Failure } from '../service/ec2-rds-errors.ts';
import { pageOf } from '../service/paging.ts';
import type { Page, PageLimits } from '../service/paging.ts';
import { EC2_IDS_PER_CALL } from '../model/rates.ts';
import type { Seen } from '../state/table.ts';

/**
 * The page that an EC2 describe asks for.
 *
 * @throws EC2ServiceException InvalidParameterValue for a page size out of range or a token that is not ours
 */
export function ec2Page<T>(
  found: readonly Seen<T>[],
  input: { readonly MaxResults?: number | undefined; readonly NextToken?: string | undefined },
  limits: PageLimits,
): Page<Seen<T>> {
  const size = input.MaxResults ?? limits.most;
  if (size < limits.least || size > limits.most) {
    throw ec2Failure(
      'InvalidParameterValue',
      `Value ( ${size} ) for parameter maxResults is invalid. Expecting a value from ${limits.least} to ${limits.most}.`,
    );
  }
  const page = pageOf(found, size === 0 ? limits.most : size, input.NextToken);
  if (page === undefined)
    throw ec2Failure('InvalidParameterValue', `The token '${input.NextToken}' is invalid`);
  return page;
}

/** @throws EC2ServiceException InvalidParameterValue when a call names too many ids */
export function checkIds(ids: readonly string[] | undefined): void {
  if (ids !== undefined && ids.length > EC2_IDS_PER_CALL) {
    throw ec2Failure(
      'InvalidParameterValue',
      `A request takes at most ${EC2_IDS_PER_CALL} ids; it has ${ids.length}.`,
    );
  }
}

/** Throws `refusal` for the first of the ids that was not found. */
export function refuseUnknown<T extends { readonly id: string }>(
  asked: readonly string[] | undefined,
  found: readonly { readonly value: T }[],
  refusal: (id: string) => Error,
): void {
  if (asked === undefined) return;
  const known = new Set(found.map(({ value }) => value.id));
  const unknown = asked.find((id) => !known.has(id));
  if (unknown !== undefined) throw refusal(unknown);
}
