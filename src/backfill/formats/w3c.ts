import { BYTE } from '../lines/bytes.ts';
import type { FormatDetails, LineFormat } from '../lines/line-format.ts';
import { columnsFormat } from './columns.ts';

/**
 * What IIS logs unless it is told otherwise.
 * @see https://learn.microsoft.com/en-us/windows/win32/http/w3c-logging
 */
const DEFAULT_COLUMNS =
  'date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) cs(Referer) sc-status sc-substatus sc-win32-status time-taken'.split(
    ' ',
  );
/** IIS writes milliseconds where the W3C asks for seconds. */
const MILLISECONDS = 1_000;

const PLUS_IN_PATH =
  'the URL has a plus sign in its path, which IIS also writes for a space: it is sent as a plus sign';

/**
 * W3C extended logs of IIS: values between spaces, times in UTC, when the answer ended. The `#Fields:` line of a log tells its columns.
 * @param details `columns`: of that line; default: those that IIS logs unless it is told otherwise
 */
export function w3cLog({ columns }: FormatDetails = {}): LineFormat {
  return columnsFormat({
    name: 'w3c',
    separator: BYTE.space,
    columns: columns ?? DEFAULT_COLUMNS,
    perSecond: MILLISECONDS,
    url: (text) => text,
    userAgent: (text) => text.replaceAll('+', ' '),
    doubtOf: (url) => (url.split('?', 1)[0]?.includes('+') === true ? PLUS_IN_PATH : undefined),
  });
}
