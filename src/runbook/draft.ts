import { KIND_DRAFTS } from '../kinds/drafts.ts';
import type { DraftAccount as KindAccounts } from '../kinds/drafts.ts';
import type { DraftEntry } from '../kinds/kind-draft.ts';
import { idMaker, inComment } from './draft-names.ts';
import { OPTIONAL_PARTS } from './draft-parts.ts';
import { runbookSchema } from './schema.ts';

/** What a draft is made from: an inventory has all of it. */
export interface DraftAccount extends KindAccounts {
  readonly account: string;
}

export interface DraftOptions {
  /** Valid as the name of a runbook. */
  readonly name: string;
  readonly region: string;
  /** Absent: a template. */
  readonly account?: DraftAccount;
}

export interface Draft {
  readonly text: string;
  /** Entries under `resources`. */
  readonly resources: number;
}

/**
 * The text of a runbook for what an account holds, with comments that say what to decide. It parses as it is, and so it does with any
 * of its examples switched on: lines that begin with `#` and are no prose, which always has one space after it.
 *
 * @example draftRunbook({ name: 'orders', region: 'us-east-1', account: inventory }).text
 */
export function draftRunbook({ name, region, account }: DraftOptions): Draft {
  const entries = account === undefined ? [] : entriesOf(account);
  const written = entries.filter(({ isActive }) => isActive).length;
  const blocks = written > 0 ? entries : [...entries, exampleEntry(entries.map(({ id }) => id))];
  const text = [
    header(name, region, account),
    `# What is recovered, in any order: dependsOn says what must be there first.\nresources:\n${blocks.map((block) => block.text).join('\n\n')}`,
    ...(account === undefined ? [] : omissions(account)),
    OPTIONAL_PARTS,
  ].join('\n\n');
  return { text: `${text}\n`, resources: written };
}

function header(name: string, region: string, account: DraftAccount | undefined): string {
  const from =
    account === undefined
      ? '# A template: no account was read. Replace what stands under resources by what is yours.'
      : `# Drafted from what account ${inComment(account.account)} holds in ${inComment(region)}. What belongs together, only you know: correct it.`;
  return `# How ${name} is recovered.
${from}
# Explanations have one space after their #. Whatever else stands after a # is an example: take the # away, and it counts.
# After every change: lifeboat check THIS-FILE. Then rehearse it: lifeboat drill THIS-FILE.
apiVersion: lifeboat/v1
kind: Runbook
name: ${name}
#owner: ${name.slice(0, 30).replace(/-+$/, '')}-oncall

# What was promised. rto: how long until everything is back, from the beginning of the outage. rpo: how much data may be lost, which
# is how old the newest backup may be; less than the time between two backups cannot be kept. Ask whom an outage hurts, not what is
# possible: lifeboat plan says what would take too long, and why.
objectives:
  rto: 8h
  rpo: 24h
  #dataComplete: 7d
  #availability: 99.5%
${regionLine(region)}

# latest: the newest usable backup. before-damage: the newest from before --damaged-at, for data that went bad.
recoveryPoint: { policy: before-damage }`;
}

/** An inventory may have any name for its Region; a runbook has one of AWS. */
function regionLine(region: string): string {
  return runbookSchema.shape.region.safeParse(region).success
    ? `region: ${region}`
    : `# ${inComment(region)} is no Region of AWS: put the right one here.\nregion: us-east-1`;
}

function entriesOf(account: DraftAccount): readonly DraftEntry[] {
  const makeId = idMaker();
  return KIND_DRAFTS.reduce<readonly DraftEntry[]>(
    (earlier, { entries }) => [...earlier, ...entries(account, makeId, earlier)],
    [],
  );
}

/** A list without entries is no runbook. */
function exampleEntry(taken: readonly string[]): DraftEntry {
  const makeId = idMaker();
  for (const id of taken) makeId(id, 'example');
  const id = makeId('example-db', 'example');
  const lines = [
    '  # An example: replace it.',
    `  - id: ${id}`,
    '    type: rds-instance # rds-instance | aurora-cluster | ebs-volume',
    '    source: example-prod # the name of the DB instance, or the id of the volume',
    '    strategies: [point-in-time, restore-snapshot]',
  ];
  return { id, text: lines.join('\n'), isActive: false };
}

/** What the account holds and the draft does not name: never fewer in silence. */
function omissions(account: DraftAccount): readonly string[] {
  const lines = KIND_DRAFTS.flatMap((kind) => kind.omissions(account))
    .filter(([count]) => count > 0)
    .map(([count, what]) => `  # Not named here: ${count.toLocaleString('en-US')} ${what}.`);
  return lines.length === 0 ? [] : [[...lines, '  # All of it is in: lifeboat inventory.'].join('\n')];
}
