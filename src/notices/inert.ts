// What chat programs do with a text, unintended by its author: a tag or an error of AWS that holds `@everyone` would call all of a company. What is changed is seen to be.

const FULL_WIDTH_AT = '\uff20';
/** At the beginning of a word it calls people; those that call all do so anywhere. */
const MENTION = /(?<![\p{L}\p{N}._%+-])@(?=[\p{L}\p{N}_])|@(?=(?:everyone|here|channel|all|room)\b)/giu;

export function withoutMentions(text: string): string {
  return text.replace(MENTION, FULL_WIDTH_AT);
}

/** Addresses as security reports write them, and no images: nothing can be followed or loaded by a preview. */
export function withoutLinks(text: string): string {
  return text
    .replace(/\b(https?|ftp|mailto|xmpp):/gi, '$1[:]')
    .replace(/\bwww\./gi, (found) => `${found.slice(0, -1)}[.]`)
    .replace(/!\[/g, '! [')
    .replace(/\]\(/g, '] (');
}
