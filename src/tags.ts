/** The tags that Lifeboat puts on everything it creates. Lifeboat deletes only what carries the run's tag. */
export const RUN_TAG = 'lifeboat:run';
export const RUNBOOK_TAG = 'lifeboat:runbook';
export const RESOURCE_TAG = 'lifeboat:resource';
/** Client token or identifier: things with the same value were made for the same request. */
export const IDENTITY_TAG = 'lifeboat:identity';
/**
 * Which make of its resource a volume or DB instance is: `<mode>/<strategy>/<round>.<copy>.<generation>`, and of a DB instance the instant of
 * its data after another `/`: RDS does not tell what an instance was restored from.
 */
export const MAKE_TAG = 'lifeboat:make';
/** Why a snapshot was taken. */
export const PURPOSE_TAG = 'lifeboat:purpose';
/** Evidence of damage, by run: Lifeboat never deletes it or uses it as a recovery point. */
export const FORENSICS_TAG = 'lifeboat:forensics';
/** On a source: which run recovers its runbook. The only tag that Lifeboat writes on what it did not make. */
export const CLAIM_TAG = 'lifeboat:claim';
/** Restore or drill, on snapshots, which carry no make. */
export const MODE_TAG = 'lifeboat:mode';

/** AWS's limit on the tags of one resource. */
export const MOST_TAGS = 50;
/** Of these, ours on a volume or DB instance: run, runbook, resource, identity, make, and its Name. */
const OWN_TAGS = 6;

type Tags = Readonly<Record<string, string>>;

/** Made by a drill: it belongs to no system, whatever source tags it carries. */
export function isOfDrill(tags: Tags): boolean {
  const isMadeByDrill = Object.hasOwn(tags, MAKE_TAG) && tags[MAKE_TAG]?.startsWith('drill/') === true;
  return isMadeByDrill || (Object.hasOwn(tags, MODE_TAG) && tags[MODE_TAG] === 'drill');
}

/** A snapshot of something damaged, kept as evidence. */
export function isEvidence(tags: Tags): boolean {
  return (
    Object.hasOwn(tags, FORENSICS_TAG) ||
    (Object.hasOwn(tags, PURPOSE_TAG) && tags[PURPOSE_TAG] === 'forensics')
  );
}

/** Names of the source's tags that what is made is given, in the order of their names: not AWS's own, not another run's, not its Name. */
export function givenTags(source: Tags): readonly string[] {
  return Object.keys(source)
    .filter((key) => key !== '' && key !== 'Name' && !/^(aws|lifeboat):/i.test(key))
    .sort();
}

/** Source tags dropped because the result would exceed AWS's 50-tag limit. */
export function tagsLeftOut(source: Tags): readonly string[] {
  return givenTags(source).slice(MOST_TAGS - OWN_TAGS);
}
