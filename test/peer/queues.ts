import type { Message, Queue } from './world.ts';

export interface SeedQueue {
  readonly name: string;
  readonly visibilitySeconds?: number;
  readonly mostBytes?: number;
  /** Bodies; what is not a text becomes its JSON. */
  readonly messages?: readonly unknown[];
}

let count = 0;

/** A message as SQS holds it. Ids are UUIDs. */
export function messageOf(body: string, rest: Partial<Message> = {}): Message {
  count += 1;
  const id = `00000000-0000-4000-8000-${count.toString(16).padStart(12, '0')}`;
  return { id, body, attributes: {}, sentAt: Date.now(), visibleAt: 0, receives: 0, ...rest };
}

export function queueOf({
  name,
  visibilitySeconds = 30,
  mostBytes = 1_048_576,
  messages = [],
}: SeedQueue): Queue {
  const bodies = messages.map((body) => (typeof body === 'string' ? body : JSON.stringify(body)));
  const group = name.endsWith('.fifo') ? { group: 'seeded' } : {};
  return { name, visibilitySeconds, mostBytes, messages: bodies.map((body) => messageOf(body, group)) };
}

export function queuesOf(seeds: readonly SeedQueue[] = []): Map<string, Queue> {
  return new Map(seeds.map((seed) => [seed.name, queueOf(seed)]));
}

export function isInFlight({ receives, visibleAt }: Message, now: number): boolean {
  return receives > 0 && visibleAt > now;
}

/** Those that may be given out now: of a FIFO queue nothing behind a message of its group that is in flight. */
export function receivable({ name, messages }: Queue, now: number): readonly Message[] {
  if (!name.endsWith('.fifo')) return messages.filter(({ visibleAt }) => visibleAt <= now);
  const held = new Set(messages.filter((message) => isInFlight(message, now)).map(({ group }) => group));
  return messages.filter(({ visibleAt, group }) => visibleAt <= now && !held.has(group));
}
