import { bits, chance } from './chance.ts';

/** How a client goes on after a failure. */
type AfterFailure =
  /** Tries again, after longer and longer pauses, until it succeeds. */
  | { readonly kind: 'retries-forever'; readonly firstSeconds: number }
  /** Tries again after a fixed pause, so often; some people leave the page before. */
  | { readonly kind: 'retries'; readonly seconds: number; readonly attempts: number; readonly leaves: number }
  | { readonly kind: 'gives-up' }
  /** Never sends anything again. */
  | { readonly kind: 'stops' };

interface ClientKind {
  readonly name: string;
  /** Of all requests, in hundredths. */
  readonly share: number;
  readonly ipv6: number;
  readonly agents: readonly string[];
  readonly method: 'GET' | 'POST';
  readonly afterFailure: AfterFailure;
}

/** The rules of runbooks/spikes.yaml say the same of them. */
export const KINDS: readonly ClientKind[] = [
  {
    name: 'ios',
    share: 30,
    ipv6: 0.45,
    agents: [
      'collector-ios/3.1.6 (iPhone; iOS 11.0.2; Scale/2.00)',
      'collector-ios/3.2.0 (iPhone; iOS 11.0.3; Scale/3.00)',
      'collector-ios/2.9.8 (iPad; iOS 10.3.3; Scale/2.00)',
    ],
    method: 'POST',
    afterFailure: { kind: 'retries-forever', firstSeconds: 20 },
  },
  {
    name: 'android',
    share: 28,
    ipv6: 0.4,
    agents: [
      'collector-android/5.1.0 (Linux; Android 7.0; SM-G930F Build/NRD90M)',
      'collector-android/4.9.7 (Linux; Android 6.0.1; Nexus 5 Build/M4B30Z)',
    ],
    method: 'POST',
    afterFailure: { kind: 'retries-forever', firstSeconds: 60 },
  },
  {
    name: 'web',
    share: 27,
    ipv6: 0.2,
    agents: [
      'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/61.0.3163.100 Safari/537.36',
      'Mozilla/5.0 (Macintosh; Intel Mac OS X 10.12; rv:56.0) Gecko/20100101 Firefox/56.0',
      'Mozilla/5.0 (iPhone; CPU iPhone OS 11_0_2 like Mac OS X) AppleWebKit/604.1.38 (KHTML, like Gecko) Version/11.0 Mobile/15A421 Safari/604.1',
    ],
    method: 'GET',
    afterFailure: { kind: 'retries', seconds: 3, attempts: 10, leaves: 0.35 },
  },
  {
    name: 'server',
    share: 11,
    ipv6: 0,
    agents: ['collector-python/4.3.2', 'collector-ruby/2.2.0 (ruby 2.4.2p198)'],
    method: 'POST',
    afterFailure: { kind: 'gives-up' },
  },
  {
    name: 'kiosk',
    share: 4,
    ipv6: 0,
    agents: ['PixelSender 1.4 (kiosk; build "stable")'],
    method: 'GET',
    afterFailure: { kind: 'stops' },
  },
];

/** One of those who send requests. */
export interface Client {
  readonly kind: ClientKind;
  readonly address: string;
  readonly agent: string;
}

/** So many clients of each kind are about at any time, for every request a minute. */
const CLIENTS_PER_REQUEST = 6;
const TOPIC = { kind: 11, place: 12, client: 13, leaves: 14 } as const;

const PLACES_PER_KIND = 1 << 24;

/** Who sends; those who stopped are replaced by others. */
export class Crowd {
  readonly #seed: number;
  readonly #sizes: readonly number[];
  /** How many have been in each place before. */
  readonly #generations = new Map<number, number>();

  constructor(seed: number, requestsPerMinute: number) {
    this.#seed = seed;
    this.#sizes = KINDS.map(({ share }) =>
      Math.max(5, Math.round((requestsPerMinute * CLIENTS_PER_REQUEST * share) / 100)),
    );
  }

  /** Who sends request `number`. */
  sender(number: number): Client & { readonly place: number } {
    const { kind, which } = kindAt(chance(this.#seed, TOPIC.kind, number) * 100);
    const within = Math.floor(chance(this.#seed, TOPIC.place, number) * (this.#sizes[which] ?? 1));
    const place = which * PLACES_PER_KIND + within;
    const client = this.#client(kind, place);
    // Now and then somebody goes home, and another comes.
    if (chance(this.#seed, TOPIC.leaves, number) < 0.02) this.replace(place);
    return { ...client, place };
  }

  replace(place: number): void {
    this.#generations.set(place, (this.#generations.get(place) ?? 0) + 1);
  }

  #client(kind: ClientKind, place: number): Client {
    const generation = this.#generations.get(place) ?? 0;
    const draw = (detail: number) => bits(this.#seed, TOPIC.client + detail * 256, place, generation);
    const agent = kind.agents[draw(0) % kind.agents.length] ?? '-';
    const isIpv6 = draw(1) / 0x1_0000_0000 < kind.ipv6;
    const [a, b] = [draw(2), draw(3)];
    // Addresses for documentation and tests, so that nobody's is in the log.
    const address = isIpv6
      ? `2001:db8:${(a >>> 16).toString(16)}:${(a & 0xffff).toString(16)}::${(b & 0xffff).toString(16)}`
      : `198.${18 + (a & 1)}.${(a >>> 8) & 0xff}.${1 + ((b >>> 8) % 254)}`;
    return { kind, address, agent };
  }
}

/** Whose share of a hundred it is. */
function kindAt(hundredth: number): { kind: ClientKind; which: number } {
  let upTo = 0;
  for (const [which, kind] of KINDS.entries()) {
    upTo += kind.share;
    if (hundredth < upTo) return { kind, which };
  }
  throw new Error(`The shares of all kinds of client come to ${upTo}, not to 100`);
}
