/** Formats of access logs and captures; apart from the schema, so that a command line can name them without loading it. */
export const FORMATS = [
  'alb',
  'combined',
  'common',
  'cloudfront',
  'haproxy',
  'envoy',
  'w3c',
  'json',
  'capture',
] as const;
export type FormatName = (typeof FORMATS)[number];
