import { textOf, valueIn } from './json-values.ts';
import type { JsonObject, Place } from './json-values.ts';
import { isAddress, isNoClient, isPrivate } from '../lines/prefix.ts';

/** Where a proxy writes for whom it asks. */
const FORWARDED = /forwarded|real_?ip|connecting_?ip/i;
/** Who asked: an address before a word, and for whom a proxy asked before the proxy, whom all of its clients share. */
export function clientIn(object: JsonObject, places: readonly Place[]): string | undefined {
  const found = places.flatMap((place) => {
    const text = textOf(valueIn(object, place));
    const client = text === undefined ? undefined : addressIn(text);
    return client === undefined ? [] : [{ name: place.name, client, isAddress: isAddress(client) }];
  });
  const own = found.find((one) => one.isAddress) ?? found[0];
  if (own === undefined || !isPrivate(own.client)) return own?.client;
  return (found.find((one) => one.isAddress && FORWARDED.test(one.name)) ?? own).client;
}

/** The first of several that a request came through, without a port. */
function addressIn(client: string): string | undefined {
  const first = (client.split(',', 1)[0] ?? client).trim();
  const bracketed = /^\[([^\]]+)\](?::\d+)?$/.exec(first)?.[1];
  return isNoClient(first) ? undefined : (bracketed ?? first.replace(/^([^:]+):\d+$/, '$1'));
}
