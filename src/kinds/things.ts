/** The kinds of resources that a runbook can name. */
export type KindName = 'ebs-volume' | 'rds-instance';

/** What a thing is, in the words of the service: unique over all kinds. */
export type ThingType = string;

/** `made`: this run created it. `existing`: it was there before the run, which may use it and never deletes it. */
export type Origin = 'made' | 'existing';

/** One thing in the account. */
export interface Thing<O extends Origin = Origin> {
  readonly kind: KindName;
  readonly type: ThingType;
  /** Id or identifier, unique within its type and Region. */
  readonly id: string;
  readonly region: string;
  readonly origin: O;
}

/** What this run created: the only things that a delete effect accepts. */
export type Made = Thing<'made'>;

export function isMade(thing: Thing): thing is Made {
  return thing.origin === 'made';
}

/** A thing that a strategy leaves behind beside what it recovers, for people to decide about. */
export interface Remaining {
  readonly thing: Thing<'existing'>;
  /**
   * `old-primary`: the source of a replica that was promoted. `own-replica`: it replicates what was promoted. `other-replica`: it replicates the
   * old primary.
   */
  readonly why: 'old-primary' | 'own-replica' | 'other-replica';
}
