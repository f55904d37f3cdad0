import type { Host } from '../../hosts/host.ts';
import type { Journal } from '../../journal/journal.ts';
import type { LiveModel } from '../../report/model/live-model.ts';
import { laterModel } from '../../report/model/live-model.ts';
import { renderLive } from '../../report/render/render-live.ts';
import type { Instant } from '../../time.ts';
import type { Size } from '../session/live-block.ts';
import { openLiveReader, type ReaderOptions } from './live-reader.ts';
import type { Terminal } from '../session/terminal.ts';

/** Real time between two looks into the journal. A simulated clock runs faster than a person's. */
const LOOK_MS = 1_000;
const SIMULATED_LOOK_MS = 250;
/** Looking may take this share of the time: a large fleet is looked at less often. */
const LOOKING_SHARE = 0.1;

/** When to look again after a look that took `tookMs`. */
export function nextLookMs(tookMs: number, paceMs: number): number {
  return Math.max(paceMs, tookMs * (1 / LOOKING_SHARE - 1));
}

/** Lines for the view: a few stay free for what scrolls by above it, and the last is the cursor's. */
export function heightFor(rows: number): number {
  const free = Math.min(5, Math.max(0, Math.floor((rows - 8) / 3)));
  return Math.max(1, rows - 1 - free);
}

/** Of a run that another process drives. */
export interface Elsewhere extends Pick<ReaderOptions, 'attend'> {
  /** Milliseconds between two looks, at least. */
  readonly paceMs?: number;
}

export interface LiveView {
  close(): void;
}

/**
 * Shows the run at the bottom of the terminal until it is closed; nothing where no terminal is. A view that fails says so and is
 * gone: it must not take the recovery with it.
 */
export async function openLiveView(
  journal: Journal,
  terminal: Terminal,
  host: Pick<Host, 'now'>,
  elsewhere: Elsewhere = {},
): Promise<LiveView> {
  const block = await terminal.openBlock();
  if (block === undefined) return { close: () => undefined };
  const isReal = journal.record.options.simulation === undefined;
  const { paceMs = isReal ? LOOK_MS : SIMULATED_LOOK_MS, attend } = elsewhere;
  const now = (): Instant => host.now();
  const reader = openLiveReader(journal, terminal.hint, { now, ...(attend !== undefined && { attend }) });
  let timer: NodeJS.Timeout | undefined;
  let model: LiveModel | undefined;
  /** By the clock of the host, which may be ahead of the time of the run. */
  let readAt = now();
  let isOpen = true;
  const show = (): void => {
    const shown = model;
    if (shown === undefined) return;
    const later = laterModel(shown, shown.asOf + now() - readAt);
    block.show((size) => frameOf(later, size, terminal));
  };
  // However seldom a large fleet is looked at, its clock goes on.
  const tick = setInterval(show, paceMs).unref();
  const close = (): void => {
    isOpen = false;
    clearTimeout(timer);
    clearInterval(tick);
    block.close();
  };
  const look = async (): Promise<void> => {
    try {
      const began = performance.now();
      const startedAt = now();
      model = await reader.read();
      readAt = startedAt;
      if (!isOpen) return;
      show();
      timer = setTimeout(() => void look(), nextLookMs(performance.now() - began, paceMs)).unref();
    } catch (error) {
      close();
      terminal.note(`The live view has stopped (${String(error)}). The run continues.`);
    }
  };
  await look();
  return { close };
}

function frameOf(model: LiveModel, { columns, rows }: Size, { palette }: Terminal): string {
  return renderLive(model, { width: columns, height: heightFor(rows), palette });
}
