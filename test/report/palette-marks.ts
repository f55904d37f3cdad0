import type { Palette } from '../../src/report/layout/palette.ts';

/** Colours that can be read: `<red>text</red>`. */
export const MARKS: Palette = {
  bold: (text) => `<bold>${text}</bold>`,
  red: (text) => `<red>${text}</red>`,
  yellow: (text) => `<yellow>${text}</yellow>`,
  green: (text) => `<green>${text}</green>`,
  dim: (text) => `<dim>${text}</dim>`,
};
