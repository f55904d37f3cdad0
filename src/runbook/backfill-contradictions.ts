import validRange from 'semver/ranges/valid.js';
import { printable } from '../document/complaints.ts';
import type { Objection } from '../document/complaints.ts';
import { mappingsAt, numberAt, textAt, valueAt } from '../document/values.ts';
import type { Entry } from '../document/values.ts';
import { parseDuration } from '../time.ts';

type Mapping = Readonly<Record<string, unknown>>;

/** Reserved for requests that no rule matches. */
const OTHER_CLIENTS = 'other clients';

/** Contradictions in `backfill`, read from the plain values of a file, which may be anything. */
export function backfillContradictions(runbook: Mapping): readonly Objection[] {
  return [
    ...mappingsAt(runbook, ['backfill', 'sources']).flatMap((source) => sourceContradictions(source)),
    ...windowContradictions(runbook),
    ...clientNames(mappingsAt(runbook, ['backfill', 'clients'])),
    ...mappingsAt(runbook, ['backfill', 'clients']).flatMap((client) => clientContradictions(client)),
    ...unreachableClients(mappingsAt(runbook, ['backfill', 'clients'])),
    ...replayContradictions(runbook),
  ];
}

function sourceContradictions({ index, value }: Entry<Mapping>): readonly Objection[] {
  const path = ['backfill', 'sources', index];
  const label = `backfill.sources[${index}]`;
  const { format, fields, columns, zone, sqs } = value;
  if ((value.path === undefined) === (sqs === undefined)) {
    return [{ path, message: `${label}: expected either 'path' or 'sqs'` }];
  }
  const objections: Objection[] = [];
  if (fields !== undefined && format !== 'json') {
    const message = `${label}.fields: 'fields' applies to JSON lines only: expected 'format: json' beside it`;
    objections.push({ path: [...path, 'fields'], part: 'key', message });
  }
  if (columns !== undefined && !([undefined, 'w3c', 'cloudfront'] as unknown[]).includes(format)) {
    const message = `${label}.columns: 'columns' applies to the formats w3c and cloudfront only`;
    objections.push({ path: [...path, 'columns'], part: 'key', message });
  }
  if (zone !== undefined && !([undefined, 'haproxy', 'json'] as unknown[]).includes(format)) {
    const message = `${label}.zone: 'zone' applies to the format haproxy only: the times of the others tell it`;
    objections.push({ path: [...path, 'zone'], part: 'key', message });
  }
  if (sqs !== undefined && typeof format === 'string' && !['json', 'capture'].includes(format)) {
    const message = `${label}.format: messages of a queue are not lines of an access log: expected 'capture' or 'json'`;
    objections.push({ path: [...path, 'format'], message });
  }
  return objections;
}

const DEFAULT_BEGIN = '1%';
const DEFAULT_END = '0.5%';

function windowContradictions(runbook: Mapping): readonly Objection[] {
  const path = ['backfill', 'windows'];
  const given = { begin: textAt(runbook, [...path, 'begin']), end: textAt(runbook, [...path, 'end']) };
  const begin = percentOf(given.begin ?? DEFAULT_BEGIN);
  const end = percentOf(given.end ?? DEFAULT_END);
  if (begin === undefined || end === undefined || end <= begin) return [];
  const asDefault = given.end === undefined ? ', which it is when it is not given,' : '';
  const key = given.end === undefined ? 'begin' : 'end';
  const message = `backfill.windows.${key}: a window would end before it begins: 'end' at ${end}%${asDefault} is above 'begin' at ${begin}%`;
  return [{ path: [...path, key], message }];
}

function percentOf(text: string): number | undefined {
  const digits = /^(\d+(?:\.\d+)?)\s*%$/.exec(text)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

function clientNames(clients: readonly Entry<Mapping>[]): readonly Objection[] {
  const first = new Map<string, number>();
  return clients.flatMap(({ index, value }) => {
    const name = textAt(value, ['name']);
    if (name === undefined) return [];
    const path = ['backfill', 'clients', index, 'name'];
    const label = `backfill.clients[${index}].name`;
    if (name === OTHER_CLIENTS)
      return [
        {
          path,
          message: `${label}: '${OTHER_CLIENTS}' is reserved for clients that no rule matches; expected another name`,
        },
      ];
    const earlier = first.get(name);
    if (earlier !== undefined)
      return [
        {
          path,
          message: `${label}: '${printable(name)}' is already the name of rule ${earlier + 1} of the list`,
        },
      ];
    first.set(name, index);
    return [];
  });
}

function clientContradictions({ index, value }: Entry<Mapping>): readonly Objection[] {
  const path = ['backfill', 'clients', index];
  const label = `backfill.clients[${index}]`;
  const objections: Objection[] = [];
  if (value.behaviour === 'retries' && value.horizon === undefined) {
    const message = `${label}.behaviour: 'retries' needs the time for which the client retries: expected 'horizon' beside it`;
    objections.push({ path: [...path, 'behaviour'], message });
  }
  const version = textAt(value, ['version']);
  if (value.sdk !== undefined && value.version === undefined) {
    const message = `${label}.sdk: the SDK needs a version range: expected 'version' beside it`;
    objections.push({ path: [...path, 'sdk'], part: 'key', message });
  }
  if (version !== undefined && version !== '' && validRange(version) === null) {
    const message = `${label}.version: '${printable(version)}' is not a range of semantic versions; expected one such as '>=7.0.0', '6.x' or '>=6.8.0 <7'`;
    objections.push({ path: [...path, 'version'], message });
  }
  return objections;
}

const CONDITIONS = ['userAgent', 'version', 'path', 'method', 'header', 'query', 'body'];

/** The first rule that matches decides: rules after one without conditions never apply. */
function unreachableClients(clients: readonly Entry<Mapping>[]): readonly Objection[] {
  const all = clients.find(({ value }) =>
    CONDITIONS.every((name) => value[name] === undefined && value.sdk === undefined),
  );
  if (all === undefined) return [];
  const next = clients.find(({ index }) => index > all.index);
  if (next === undefined) return [];
  const message = `backfill.clients[${next.index}]: rule ${all.index + 1} of the list has no condition and matches every request, so this one never applies; expected it to be the last`;
  return [{ path: ['backfill', 'clients', next.index], message }];
}

function replayContradictions(runbook: Mapping): readonly Objection[] {
  const path = ['backfill', 'replay'];
  const objections: Objection[] = [];
  const rate = numberAt(runbook, [...path, 'rate']);
  const maxRate = numberAt(runbook, [...path, 'maxRate']);
  if (rate !== undefined && valueAt(runbook, [...path, 'live']) !== undefined) {
    const message = `backfill.replay.live: a fixed rate ignores live traffic: expected 'rate: adaptive', or no 'live'`;
    objections.push({ path: [...path, 'live'], part: 'key', message });
  }
  if (rate !== undefined && maxRate !== undefined && rate > maxRate) {
    objections.push({
      path: [...path, 'rate'],
      message: `backfill.replay.rate: ${rate} is above the maxRate ${maxRate}`,
    });
  }
  return [...objections, ...credentialsIn(runbook), ...backoffContradictions(runbook)];
}

/** Headers whose value is a credential. */
export const CREDENTIAL_HEADER = /authorization|cookie|token|secret|password|signature|credential|api-?key/i;

/** A runbook is stored, copied and shared, and so is the copy in a run's journal. */
function credentialsIn(runbook: Mapping): readonly Objection[] {
  const path = ['backfill', 'replay', 'rewrite', 'headers'];
  return Object.entries(valueAt(runbook, path) ?? {}).flatMap(([name, value]) => {
    if (!CREDENTIAL_HEADER.test(name) || typeof value !== 'string' || value === '') return [];
    const message = `${path.join('.')}.${name}: a credential must not stand in a runbook; expected { env: NAME } or { ssm: NAME }`;
    return [{ path: [...path, name], message }];
  });
}

const DEFAULT_FIRST = '500ms';
const DEFAULT_LONGEST = '60s';

function backoffContradictions(runbook: Mapping): readonly Objection[] {
  const path = ['backfill', 'replay', 'backoff'];
  const given = {
    first: textAt(runbook, [...path, 'first']),
    longest: textAt(runbook, [...path, 'longest']),
  };
  const first = given.first ?? DEFAULT_FIRST;
  const longest = given.longest ?? DEFAULT_LONGEST;
  if ((parseDuration(first) ?? 0) <= (parseDuration(longest) ?? Infinity)) return [];
  const key = given.first === undefined ? 'longest' : 'first';
  const message = `backfill.replay.backoff.${key}: the first pause, ${first}, is longer than the longest, ${longest}`;
  return [{ path: [...path, key], message }];
}
