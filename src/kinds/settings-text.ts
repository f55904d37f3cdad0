/** The settings of a spec as text to compare, without the fields that are not settings or not sent. */
export function settingsText(spec: object, others: ReadonlySet<string>): string {
  const settings = Object.entries(spec).filter(([name]) => !others.has(name));
  return JSON.stringify(settings.sort(([one], [other]) => (one < other ? -1 : 1)));
}
