import type { Seen } from '../state/table.ts';

export interface PageLimits {
  readonly least: number;
  readonly most: number;
}

/** One page: what is on it, and the token of the next one if there is more. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly next: string | undefined;
}

/**
 * The page after `token` of `size` items. A token names the last item of its page, so that things made or deleted between two pages shift
 * nothing. `undefined` when the token is not one of ours.
 */
export function pageOf<T>(
  found: readonly Seen<T>[],
  size: number,
  token: string | undefined,
): Page<Seen<T>> | undefined {
  let rest = found;
  if (token !== undefined) {
    const after = serialIn(token);
    if (after === undefined) return undefined;
    rest = found.filter(({ serial }) => serial > after);
  }
  const items = rest.slice(0, size);
  const last = items.at(-1);
  return {
    items,
    next: rest.length > items.length && last !== undefined ? tokenAfter(last.serial) : undefined,
  };
}

function tokenAfter(serial: number): string {
  return Buffer.from(`after:${serial}`).toString('base64url');
}

function serialIn(token: string): number | undefined {
  const match = /^after:(\d+)$/.exec(Buffer.from(token, 'base64url').toString());
  return match === null ? undefined : Number(match[1]);
}
