import { isOfDrill } from '../tags.ts';

/** Entries of a kind that a person still reads; the rest is counted. */
export const MOST_ENTRIES = 50;

export type Tags = Readonly<Record<string, string>>;

/** What only the draft itself knows of an account. */
export interface DraftScope {
  /** Only resources with all of these tags are drafted; absent: all. */
  readonly onlyTags?: Tags | undefined;
}

/** Whether a resource is to be drafted: not one that a drill left, nor one without the tags that were asked for. */
export function isDrafted(tags: Tags, { onlyTags = {} }: DraftScope): boolean {
  return !isOfDrill(tags) && Object.entries(onlyTags).every(([key, value]) => tags[key] === value);
}

/** Gives ids that are valid and unique in the draft: from a name, or from the fallback where nothing of the name remains. */
export type MakeId = (name: string, fallback: string) => string;

/** One resource of the draft of a runbook. */
export interface DraftEntry {
  readonly id: string;
  readonly text: string;
  /** Not commented out. */
  readonly isActive: boolean;
}

/** How a kind's resources are drafted from what an account holds. */
export interface KindDraft<Account> {
  /** `earlier`: entries of the kinds before it. */
  readonly entries: (
    account: Account,
    makeId: MakeId,
    earlier: readonly DraftEntry[],
  ) => readonly DraftEntry[];
  /** What the account holds and the entries do not name, with counts that may be zero or less. */
  readonly omissions: (account: Account) => readonly (readonly [count: number, what: string])[];
}

export function distinct<T extends { readonly id: string }>(things: readonly T[]): readonly T[] {
  return [...new Map(things.map((thing) => [thing.id, thing])).values()];
}
