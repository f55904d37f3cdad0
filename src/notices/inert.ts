// Keeps chat programs from interpreting text: an AWS tag or error that contains `@everyone` would notify a whole company. Changes stay visible.

const FULL_WIDTH_AT = '\uff20';
/** `@` mentions people at the beginning of a word; mentions of all members work anywhere. */
const MENTION = /(?<![\p{L}\p{N}._%+-])@(?=[\p{L}\p{N}_])|@(?=(?:everyone|here|channel|all|room)\b)/giu;

export function withoutMentions(text: string): string {
  return text.replace(MENTION, FULL_WIDTH_AT);
}

/** Defanged addresses (as in security reports) and no images, so that no link can be followed or loaded by a preview. */
export function withoutLinks(text: string): string {
  return text
    .replace(/\b(https?|ftp|mailto|xmpp):/gi, '$1[:]')
    .replace(/\bwww\./gi, (found) => `${found.slice(0, -1)}[.]`)
    .replace(/!\[/g, '! [')
    .replace(/\]\(/g, '] (');
}
