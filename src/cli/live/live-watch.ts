import { setTimeout as sleep } from 'node:timers/promises';
import type { LiveModel } from '../../report/model/live-model.ts';
import { renderLive } from '../../report/render/render-live.ts';
import type { LiveBlock } from '../session/live-block.ts';
import type { LiveReader } from './live-reader.ts';
import { heightFor, nextLookMs } from './live.ts';
import type { Terminal } from '../session/terminal.ts';
import { interruptible } from '../session/interruption.ts';
import { isOver } from '../../workflow/recovery/phase.ts';

export interface Watching {
  readonly reader: LiveReader;
  readonly terminal: Terminal;
  readonly everySeconds: number;
  /** All that there is to say now, for people. */
  readonly status: () => Promise<string>;
}

/**
 * Shows where a run stands until it ends or the operator presses Ctrl-C. On a terminal it is redrawn in place, and the status is
 * left there at the end; elsewhere the status is printed whenever it has changed.
 */
export async function watchRun(watching: Watching): Promise<void> {
  const { terminal, status } = watching;
  await interruptible(async (stop) => {
    const block = await terminal.openBlock();
    if (block === undefined) {
      const printed = changesOnly(async () => terminal.print(await status()));
      await eachLook(watching, stop, printed);
      return;
    }
    try {
      await eachLook(watching, stop, async (model) => showIn(block, model, terminal));
    } finally {
      block.close();
    }
    terminal.print(await status());
  });
}

async function eachLook(
  { reader, everySeconds }: Watching,
  stop: AbortSignal,
  show: (model: LiveModel) => Promise<void>,
): Promise<void> {
  while (!stop.aborted) {
    const began = performance.now();
    const model = await reader.read();
    await show(model);
    if (isOver(model.phase)) return;
    await pause(nextLookMs(performance.now() - began, everySeconds * 1_000), stop);
  }
}

/** Ends early when it is stopped, which is no failure. */
async function pause(milliseconds: number, stop: AbortSignal): Promise<void> {
  try {
    await sleep(milliseconds, undefined, { signal: stop });
  } catch (error) {
    if (!stop.aborted) throw error;
  }
}

function showIn(block: LiveBlock, model: LiveModel, { palette }: Terminal): void {
  block.show(({ columns, rows }) => renderLive(model, { width: columns, height: heightFor(rows), palette }));
}

/** Time alone is no change. */
function changesOnly(print: () => Promise<void>): (model: LiveModel) => Promise<void> {
  let last: string | undefined;
  return async ({ status, phase, waits, ways, rto, rpo, resources, timeline }) => {
    const states = resources.map(({ state }) => state);
    const now = JSON.stringify([status, phase, waits, ways, rto.state, rpo.state, states, timeline.at(-1)]);
    if (now === last) return;
    last = now;
    await print();
  };
}
