#!/usr/bin/env node
const OLDEST = [22, 13] as const;

/** Nothing else is imported before this: an old Node would stumble over the code that follows, with a message of its own. */
function isTooOld(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1]);
}

if (isTooOld(process.versions.node)) {
  const message = `lifeboat needs Node.js ${OLDEST.join('.')} or newer; this is ${process.versions.node}.`;
  const next = 'Install a newer Node.js; in a checkout, npm run --silent lifeboat brings its own.';
  if (process.argv.includes('--json')) {
    process.stdout.write(
      `${JSON.stringify({ schema: 'lifeboat.error/v1', code: 'USAGE', message, next })}\n`,
    );
  }
  process.stderr.write(`Error: ${message}\nTry: ${next}\n`);
  process.exitCode = 2;
} else {
  const { enableCompileCache } = await import('./compile-cache.ts');
  // Before what there is to compile.
  enableCompileCache();
  const { main } = await import('./main.ts');
  const exitCode = await main(process.argv.slice(2));
  process.exitCode = exitCode;
  // The command has said why it failed: what it had begun beside may fail for the same reason, and a second error would hide the first.
  if (exitCode !== 0) process.on('uncaughtException', () => undefined);
}
