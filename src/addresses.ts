/** The prefix of an authority, including malformed ones that URL parsers accept: `http:user:pw@host`, `http:\\user@host`. */
const WITH_USER = /^(?:sqs:)?(?:https?|s3|sqs):[\\/]*[^\\/?#]*@/i;

/** `https://user:password@host`, `sqs:https://...` and `s3://key:secret@bucket` as well. The text may be anything. */
export function hasCredentials(address: string): boolean {
  return WITH_USER.test(address.replace(/[\t\r\n]/g, '').trim());
}
