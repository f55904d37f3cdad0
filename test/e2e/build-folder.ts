import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/** Names the folder in which the test files of one Jest run share what they build, so that it is built once. */
export const BUILD_FOLDER = 'LIFEBOAT_TEST_BUILD';

const root = join(__dirname, '../..');

/** Jest's global set-up: the folder is where dependencies are found and no other build tidies up. */
export default function makeBuildFolder(): () => void {
  const scratch = join(root, 'node_modules', '.cache', 'lifeboat-e2e');
  mkdirSync(scratch, { recursive: true });
  const folder = mkdtempSync(join(scratch, 'run-'));
  process.env[BUILD_FOLDER] = folder;
  return () => rmSync(folder, { recursive: true, force: true });
}
