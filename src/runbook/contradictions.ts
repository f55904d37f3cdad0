import { hasCredentials } from '../addresses.ts';
import { printable } from '../document/complaints.ts';
import type { Objection } from '../document/complaints.ts';
import { guesser } from '../document/suggest.ts';
import { isMapping, mappingsAt, textAt, textsAt, valueAt } from '../document/values.ts';
import type { Entry } from '../document/values.ts';
import { runbookOf } from '../kinds/schemas.ts';
import { parseDuration } from '../time.ts';
import { backfillContradictions } from './backfill-contradictions.ts';
import { findCycles } from './cycles.ts';
import { drillTimes } from './drill-times.ts';
import { parseWindow } from './window.ts';

type Mapping = Readonly<Record<string, unknown>>;
type ResourceEntry = Entry<Mapping>;

/** Contradictions in a runbook, read from the plain values of its file, which may be of any type. */
export function contradictionsOf(runbook: Mapping): readonly Objection[] {
  const resources = mappingsAt(runbook, ['resources']);
  return [
    ...objectives(runbook),
    ...repeated(mappingsAt(runbook, ['dependencies']), 'dependencies', 'name', 'dependency'),
    ...repeated(resources, 'resources', 'id', 'resource'),
    ...repeated(resources, 'resources', 'restoreAs', 'resource'),
    ...dependencies(resources),
    ...cycles(resources),
    ...resources.flatMap(ofKind),
    ...sameSource(resources),
    ...zones(runbook, resources),
    ...isolatedInstance(runbook, resources),
    ...windows(runbook),
    ...drillTimes(runbook),
    ...repeated(mappingsAt(runbook, ['triggers']), 'triggers', 'alarm', 'trigger'),
    ...limits(runbook),
    ...repeated(mappingsAt(runbook, ['manual']), 'manual', 'name', 'step'),
    ...notices(runbook),
    ...passwords(runbook),
    ...trafficAndBackfill(runbook),
  ];
}

function objectives(runbook: Mapping): readonly Objection[] {
  const seconds = (name: string) => parseDuration(textAt(runbook, ['objectives', name]) ?? '');
  const rtoSeconds = seconds('rto');
  const dataCompleteSeconds = seconds('dataComplete');
  if (rtoSeconds === undefined || dataCompleteSeconds === undefined || dataCompleteSeconds >= rtoSeconds)
    return [];
  const message = `objectives.dataComplete: data cannot be complete before the service is recovered: expected at least the rto`;
  return [{ path: ['objectives', 'dataComplete'], message }];
}

function repeated(
  entries: readonly ResourceEntry[],
  list: string,
  key: string,
  noun: string,
): readonly Objection[] {
  const first = new Map<string, number>();
  return entries.flatMap(({ index, value }) => {
    const name = textAt(value, [key]);
    if (name === undefined) return [];
    const earlier = first.get(name);
    if (earlier === undefined) {
      first.set(name, index);
      return [];
    }
    const message = `${list}[${index}].${key}: '${printable(name)}' is already the ${key} of ${noun} ${earlier + 1} of the list`;
    return [{ path: [list, index, key], message }];
  });
}

function dependencies(resources: readonly ResourceEntry[]): readonly Objection[] {
  const ids = new Set(resources.flatMap(({ value }) => textAt(value, ['id']) ?? []));
  const guess = guesser(ids);
  return resources.flatMap(({ index, value }) => {
    const own = textAt(value, ['id']);
    const seen = new Set<string>();
    return textsAt(value, ['dependsOn']).flatMap(({ index: position, value: target }) => {
      const path = ['resources', index, 'dependsOn', position];
      const label = `resources[${index}].dependsOn[${position}]`;
      const name = `'${printable(target)}'`;
      const isRepeated = seen.has(target);
      seen.add(target);
      if (isRepeated) return [{ path, message: `${label}: ${name} is named twice` }];
      if (target === own) return [{ path, message: `${label}: ${name} cannot depend on itself` }];
      if (ids.has(target)) return [];
      const suggestion = guess(target);
      const message = `${label}: no resource has the id ${name}`;
      return [
        suggestion === undefined || suggestion === own ? { path, message } : { path, message, suggestion },
      ];
    });
  });
}

function cycles(resources: readonly ResourceEntry[]): readonly Objection[] {
  const entryOf = new Map<string, ResourceEntry>();
  const edges = new Map<string, readonly string[]>();
  for (const entry of resources) {
    const id = textAt(entry.value, ['id']);
    if (id === undefined || entryOf.has(id)) continue;
    entryOf.set(id, entry);
    edges.set(
      id,
      textsAt(entry.value, ['dependsOn']).map(({ value }) => value),
    );
  }
  return findCycles(edges).flatMap((cycle) => {
    const [first = '', second = ''] = cycle;
    const entry = entryOf.get(first);
    if (entry === undefined) return [];
    const position = textsAt(entry.value, ['dependsOn']).find(({ value }) => value === second)?.index ?? 0;
    const shown = cycle.length <= 12 ? cycle : [...cycle.slice(0, 10), `(${cycle.length - 11} more)`, first];
    const message = `the resources wait for each other: ${shown.map(printable).join(' -> ')}`;
    return [{ path: ['resources', entry.index, 'dependsOn', position], message }];
  });
}

function ofKind({ index, value }: ResourceEntry): readonly Objection[] {
  return runbookOf(value.type)?.contradictions(value, ['resources', index]) ?? [];
}

/** What is made is named after its source: without `restoreAs` two resources of one source are the same thing twice. */
function sameSource(resources: readonly ResourceEntry[]): readonly Objection[] {
  const first = new Map<string, number>();
  return resources.flatMap(({ index, value }) => {
    const { type, source, restoreAs } = value;
    if ((typeof source !== 'string' && !isMapping(source)) || restoreAs !== undefined) return [];
    const key = JSON.stringify([type, source]);
    const earlier = first.get(key);
    if (earlier === undefined) {
      first.set(key, index);
      return [];
    }
    const what =
      typeof source === 'string' ? `'${printable(source)}' under the same name` : 'the same selector';
    const way = typeof source === 'string' ? 'give one of them restoreAs' : 'leave one of them out';
    const message = `resources[${index}].source: resource ${earlier + 1} of the list recovers ${what}; ${way}`;
    return [{ path: ['resources', index, 'source'], message }];
  });
}

function zones(runbook: Mapping, resources: readonly ResourceEntry[]): readonly Objection[] {
  const region = textAt(runbook, ['region']);
  if (region === undefined) return [];
  const places = [
    ...resources.map(({ index }) => ['resources', index, 'target', 'zone']),
    ['drill', 'isolation', 'zone'],
  ];
  return places.flatMap((path) => {
    const zone = textAt(runbook, path);
    if (zone === undefined || (zone.startsWith(region) && zone.length > region.length)) return [];
    const message = `the zone '${printable(zone)}' is not in the Region ${printable(region)}; expected one such as ${printable(region)}a`;
    return [{ path, message }];
  });
}

/** A drill would attach to what production uses. */
function isolatedInstance(runbook: Mapping, resources: readonly ResourceEntry[]): readonly Objection[] {
  const path = ['drill', 'isolation', 'instance'];
  const instance = textAt(runbook, path);
  if (instance === undefined) return [];
  const user = resources.find(({ value }) => textAt(value, ['target', 'attachTo', 'instance']) === instance);
  if (user === undefined) return [];
  const message = `drill.isolation.instance: '${printable(instance)}' is what resource ${user.index + 1} of the list is attached to in a restore; expected an instance of its own`;
  return [{ path, message }];
}

function windows(runbook: Mapping): readonly Objection[] {
  return mappingsAt(runbook, ['gates']).flatMap(({ index, value }) => {
    const text = textAt(value, ['window']);
    // The schema complains of an empty one.
    if (text === undefined || text === '') return [];
    const parsed = parseWindow(text);
    if (parsed.ok) return [];
    const { complaint, suggestion } = parsed;
    const objection = { path: ['gates', index, 'window'], message: `gates[${index}].window: ${complaint}` };
    return [suggestion === undefined ? objection : { ...objection, suggestion }];
  });
}

function limits(runbook: Mapping): readonly Objection[] {
  const { limits: declared } = runbook;
  if (!isMapping(declared) || declared.unless === undefined || declared.costUsd !== undefined) return [];
  const message = `limits.unless: 'unless' waives a limit, and there is none: expected 'costUsd' beside it`;
  return [{ path: ['limits', 'unless'], part: 'key', message }];
}

const TOPIC = /^arn:[a-z-]+:sns:[a-z0-9-]+:\d+:[A-Za-z0-9_-]+(\.fifo)?$/;

function notices(runbook: Mapping): readonly Objection[] {
  const first = new Map<string, number>();
  return mappingsAt(runbook, ['notify']).flatMap(({ index, value }) => {
    const key = value.sns === undefined ? 'webhook' : 'sns';
    const path = ['notify', index, key];
    const address = textAt(value, [key]) ?? textAt(value, [key, 'env']);
    if (address === undefined) return [];
    const label = `notify[${index}].${key}`;
    const identity = JSON.stringify(value[key]);
    const earlier = first.get(identity);
    if (earlier !== undefined)
      return [
        { path, message: `${label}: entry ${earlier + 1} of the list notifies the same target already` },
      ];
    first.set(identity, index);
    if (key === 'sns' && address.startsWith('arn:') && !TOPIC.test(address)) {
      const example = 'arn:aws:sns:us-east-1:111111111111:alerts';
      const message = `${label}: '${printable(address)}' is not the ARN of an SNS topic; expected one such as ${example}`;
      return [{ path, message }];
    }
    return [];
  });
}

/** Everywhere: journals, logs and messages would contain the password. A complaint of the schema would show it. */
function passwords(value: unknown, path: Path = []): readonly Objection[] {
  if (typeof value === 'string' && hasCredentials(value)) {
    const label = path.reduce<string>(
      (text, key) => (typeof key === 'number' ? `${text}[${key}]` : `${text}.${key}`),
      '',
    );
    const instead = /^\.backfill\.replay\.target/.test(label)
      ? ': expected one without; credentials go into rewrite.headers, from the environment'
      : '; expected one without';
    const message = `${label.slice(1)}: an address with a user and a password is not supported${instead}`;
    return [{ path, message }];
  }
  if (Array.isArray(value)) return value.flatMap((inner, index) => passwords(inner, [...path, index]));
  if (!isMapping(value)) return [];
  return Object.entries(value).flatMap(([key, inner]) => passwords(inner, [...path, key]));
}

type Path = Objection['path'];

function trafficAndBackfill(runbook: Mapping): readonly Objection[] {
  const objections: Objection[] = [];
  const { cutover } = runbook;
  if (isMapping(cutover) && cutover.route53 === undefined && cutover.loadBalancer === undefined) {
    const message = `cutover: expected 'route53' or 'loadBalancer', to direct the traffic`;
    objections.push({ path: ['cutover'], part: 'key', message });
  }
  const abortWhen = valueAt(cutover, ['abortWhen']);
  if (isMapping(abortWhen) && abortWhen.errorRate === undefined && abortWhen.p99 === undefined) {
    const message = `cutover.abortWhen: expected 'errorRate' or 'p99', to be measured`;
    objections.push({ path: ['cutover', 'abortWhen'], part: 'key', message });
  }
  return [...objections, ...backfillContradictions(runbook)];
}
