import type { Tree } from './answer.ts';
import type { Input } from './input.ts';
import type { Delays, Life, World } from './world.ts';

/** Who asks, by the access key alone: `AKIDALEX` is user alex. */
export interface Caller {
  readonly accessKey: string;
  readonly user: string;
}

/** A request on its way through an operation. */
export interface Call {
  readonly input: Input;
  readonly world: World;
  readonly caller: Caller;
  readonly now: number;
  readonly delays: Delays;
  /** Milliseconds until reads show what is new. */
  readonly visibleAfterMs: number;
  readonly ignoresTokens: boolean;
  /** The most entries of a page, whatever is asked for. */
  readonly largestPage: number;
  readonly endlessPages?: 'fresh' | 'same';
  /** A queue gives a message to two who ask at once. */
  readonly deliversTwice: boolean;
  /** Of a batch, every second entry fails with this code. */
  readonly partCode?: string;
  newId(prefix: string): string;
}

/** An answer that is no list of fields: the bytes of an object. */
export class Whole {
  readonly status: number;
  readonly type: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;

  constructor(status: number, type: string, headers: Readonly<Record<string, string>>, body: Buffer) {
    this.status = status;
    this.type = type;
    this.headers = headers;
    this.body = body;
  }
}

export type Fields = { readonly [name: string]: Tree };

export interface Operation {
  readonly mutates: boolean;
  /** What it changes is changed at once; only a long poll takes time. */
  run(call: Call): Fields | Whole | Promise<Fields>;
}

export type Operations = Readonly<Record<string, Operation>>;

export const read = (run: Operation['run']): Operation => ({ mutates: false, run });
export const write = (run: Operation['run']): Operation => ({ mutates: true, run });

/** The life of something that comes now. */
export function born({ now, visibleAfterMs }: Call, takesMs = 0): Life {
  return { createdAt: now, readyAt: now + takesMs, visibleAt: now + visibleAfterMs };
}

/** One page, and the token of the next. */
export function pageOf<Item>(
  items: readonly Item[],
  { largestPage, endlessPages }: Call,
  size: number | undefined,
  token: string | undefined,
): { readonly items: readonly Item[]; readonly next: string | undefined } {
  const from = token === undefined || token === '' ? 0 : Number(token.replace(/^page-/, ''));
  const to = from + Math.min(largestPage, size ?? 1_000);
  if (endlessPages !== undefined)
    return { items: items.slice(from, to), next: endlessPages === 'same' ? 'page-0' : `page-${to}` };
  return { items: items.slice(from, to), next: to < items.length ? `page-${to}` : undefined };
}
