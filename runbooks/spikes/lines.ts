import { bits, chance } from './chance.ts';
import type { TrafficOptions } from './timetable.ts';
import { OVERALL } from './timetable.ts';
import type { Exchange } from './traffic.ts';
import { exchanges } from './traffic.ts';

const MINUTE_MS = 60_000;
/** Each node of a load balancer writes for itself: lines come so much out of order. */
const WRITTEN_WITHIN_MS = 4_000;
const TOPIC = { written: 31, port: 32, trace: 33, target: 34, size: 35 } as const;
const GROUP = 'arn:aws:elasticloadbalancing:us-east-1:111111111111:targetgroup/collectors/73e2d6bc24d8a067';
const HOST = 'collector.example.com';

/** Milliseconds since the epoch, by when a request was answered; the whole three weeks without it. */
export interface LogSpan {
  readonly from: number;
  readonly to: number;
}

/** The access log, a minute's lines at a time, each with its newline. The same options give the same bytes; a span gives those lines of the whole. */
export function* logText(options: TrafficOptions, span: LogSpan = OVERALL): Generator<string> {
  let held: { writtenAt: number; line: string }[] = [];
  for (const { minute, answered } of exchanges(options)) {
    if (minute.at >= span.to) break;
    for (const exchange of answered) {
      if (exchange.answeredAt < span.from || exchange.answeredAt >= span.to) continue;
      const late = Math.floor(WRITTEN_WITHIN_MS * chance(options.seed, TOPIC.written, exchange.number));
      held.push({ writtenAt: exchange.answeredAt + late, line: lineOf(exchange, options.seed) });
    }
    const until = minute.at + MINUTE_MS;
    held.sort((a, b) => a.writtenAt - b.writtenAt);
    const count = held.filter(({ writtenAt }) => writtenAt < until).length;
    if (count > 0) yield joined(held.slice(0, count));
    held = held.slice(count);
  }
  if (held.length > 0) yield joined(held);
}

function joined(lines: readonly { line: string }[]): string {
  return `${lines.map(({ line }) => line).join('\n')}\n`;
}

/** A line of an Application Load Balancer's access log, of 30 fields. */
function lineOf({ number, client, url, madeAt, answeredAt, status }: Exchange, seed: number): string {
  const draw = (topic: number) => bits(seed, topic, number);
  const port = 1_024 + (draw(TOPIC.port) % 64_000);
  const address = client.address.includes(':') ? `[${client.address}]` : client.address;
  const target = `10.0.${1 + (draw(TOPIC.target) % 3)}.${10 + ((draw(TOPIC.target) >>> 8) % 40)}:8080`;
  const isTimeout = status === 504;
  const seconds = isTimeout ? '0.001 -1 -1' : `0.000 ${((answeredAt - madeAt) / 1_000).toFixed(3)} 0.000`;
  const targetStatus = status === 200 ? '200' : '-';
  const sizes = `${(client.kind.method === 'POST' ? 420 : 160) + (draw(TOPIC.size) % 900)} ${status === 200 ? 191 : 370}`;
  const agent = client.agent.replaceAll('"', '\\"');
  const trace = `Root=1-${Math.floor(madeAt / 1_000).toString(16)}-${hex(draw(TOPIC.trace))}${hex(number)}${hex(seed)}`;
  return (
    `http ${stamp(answeredAt, number)} app/collectors/50dc6c495c0c9188 ${address}:${port} ${target} ${seconds} ${status} ${targetStatus} ${sizes} ` +
    `"${client.kind.method} http://${HOST}:80${url} HTTP/1.1" "${agent}" - - ${GROUP} "${trace}" "-" "-" 0 ${stamp(madeAt, number)} ` +
    `"forward" "-" "-" "${target}" "${targetStatus}" "-" "-" -`
  );
}

/** With microseconds, as load balancers have it. */
function stamp(at: number, number: number): string {
  return `${new Date(at).toISOString().slice(0, -1)}${String((number * 7) % 1_000).padStart(3, '0')}Z`;
}

function hex(value: number): string {
  return (value >>> 0).toString(16).padStart(8, '0');
}
