/** `https://user:password@host`. The text may be anything. */
export function hasCredentials(address: string): boolean {
  return /^https?:\/\/[^/?#]*@/i.test(address);
}
