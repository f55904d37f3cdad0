export type Paint = (text: string) => string;

/** How to emphasise: escape sequences on a terminal that shows colours, nothing anywhere else. */
export interface Palette {
  readonly bold: Paint;
  readonly red: Paint;
  readonly yellow: Paint;
  readonly green: Paint;
  readonly dim: Paint;
}

const asIs: Paint = (text) => text;

/** No colour at all: pipes, files, `NO_COLOR`. */
export const PLAIN_PALETTE: Palette = { bold: asIs, red: asIs, yellow: asIs, green: asIs, dim: asIs };

const sgr =
  (on: number, off: number): Paint =>
  (text) =>
    text === '' ? text : `\u001b[${on}m${text}\u001b[${off}m`;

/** ANSI colours, the eight that every terminal has. */
export const ANSI_PALETTE: Palette = {
  bold: sgr(1, 22),
  red: sgr(31, 39),
  yellow: sgr(33, 39),
  green: sgr(32, 39),
  dim: sgr(2, 22),
};
