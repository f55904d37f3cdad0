/** `recovery` or `resource:<planned id>`: the aggregate that owns an effect and receives its answer. */
export type AggregateId = string;

export const RECOVERY: AggregateId = 'recovery';

export function aggregateOf(resourceId: string): AggregateId {
  return `resource:${resourceId}`;
}

/** The planned id of a resource aggregate; the id of any other aggregate unchanged. */
export function resourceOf(aggregate: AggregateId): string {
  return isResource(aggregate) ? aggregate.slice('resource:'.length) : aggregate;
}

export function isResource(aggregate: AggregateId): boolean {
  return aggregate.startsWith('resource:');
}
