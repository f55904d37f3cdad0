import { BYTE } from '../lines/bytes.ts';
import type { FormatDetails, LineFormat } from '../lines/line-format.ts';
import { columnsFormat } from './columns.ts';

const STANDARD = columns(`
  date time x-edge-location sc-bytes c-ip cs-method cs(Host) cs-uri-stem sc-status cs(Referer) cs(User-Agent) cs-uri-query cs(Cookie) x-edge-result-type x-edge-request-id
  x-host-header cs-protocol cs-bytes time-taken x-forwarded-for ssl-protocol ssl-cipher x-edge-response-result-type cs-protocol-version fle-status fle-encrypted-fields c-port
  time-to-first-byte x-edge-detailed-result-type sc-content-type sc-content-len sc-range-start sc-range-end
`);
/** What lines of standard logs had before 2019. Any other number is a line cut short. */
const EARLIER_COUNTS: readonly number[] = [24, 25, 26];
/** The first log of all had so many; what came later came at the end. */
const FIRST_COLUMNS = 13;

/**
 * All fields of a real-time log, in the order in which CloudFront writes those that were chosen.
 * @see https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/real-time-logs.html#understand-real-time-log-config-fields
 */
export const REAL_TIME = columns(`
  timestamp c-ip s-ip time-to-first-byte sc-status sc-bytes cs-method cs-protocol cs-host cs-uri-stem cs-bytes x-edge-location x-edge-request-id x-host-header time-taken
  cs-protocol-version c-ip-version cs-user-agent cs-referer cs-cookie cs-uri-query x-edge-response-result-type x-forwarded-for ssl-protocol ssl-cipher x-edge-result-type
  fle-encrypted-fields fle-status sc-content-type sc-content-len sc-range-start sc-range-end c-port x-edge-detailed-result-type c-country cs-accept-encoding cs-accept
  cache-behavior-path-pattern cs-headers cs-header-names cs-headers-count primary-distribution-id primary-distribution-dns-name origin-fbl origin-lbl asn
`);

/**
 * Logs of CloudFront: standard ones, of 33 fields between tabs, earlier 24 to 26 (later ones are ignored), and those of chosen fields, real-time logs included. The time is when the answer ended; a
 * standard log has it to the second. The id of a request is the header `x-amz-cf-id`; bodies and other headers are not in the log.
 * @param details `columns`: the chosen fields, in their order
 */
export function cloudfrontLog({ columns: chosen }: FormatDetails = {}): LineFormat {
  return columnsFormat({
    name: 'cloudfront',
    separator: BYTE.tab,
    columns: chosen ?? STANDARD,
    ...(chosen === undefined && { earlierCounts: EARLIER_COUNTS, sameColumns: FIRST_COLUMNS }),
    perSecond: 1,
    url: onceEncoded,
    userAgent: decoded,
  });
}

/** The log encodes the `%` of what was encoded already: `%2520` was asked for as `%20`. */
export function onceEncoded(text: string): string {
  return text.replace(/%25(?=[0-9A-Fa-f]{2})/g, '%');
}

function decoded(text: string): string {
  return onceEncoded(text).replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
}

/** Names divided by white space: none holds any. */
function columns(text: string): readonly string[] {
  return text.trim().split(/\s+/);
}
