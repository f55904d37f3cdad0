import { appendFileSync } from 'node:fs';
import { fileOf, replaced } from './seams.ts';
import { variants } from './variants/index.ts';

// Runs before each test file that the sabotage command starts: replaces the seam of the variant that the environment names.

const { SABOTAGE_VARIANT: name, SABOTAGE_REACHED: reachedFile } = process.env;
const variant = variants.find((each) => each.name === name);
if (name !== undefined && name !== '') {
  if (variant === undefined || reachedFile === undefined) throw new Error(`no variant '${name}'`);
  const { seam, how } = variant;
  const path = fileOf(seam);
  let isReached = false;
  const reached = (): void => {
    if (!isReached) appendFileSync(reachedFile, `${seam}\n`);
    isReached = true;
  };
  jest.doMock(path, () => replaced(jest.requireActual(path), seam, how, reached));
}
