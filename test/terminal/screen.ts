import { spawn } from '@lydell/node-pty';
import type { IPty } from '@lydell/node-pty';
import { Terminal } from '@xterm/headless';
import { environment } from '../e2e/cli.ts';

const LONGEST_MS = 30_000;

export interface ScreenOptions {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly columns?: number;
  readonly rows?: number;
}

/** A program in a pseudo-terminal, and what a person would see of it. */
export interface Screen {
  /** The lines on the screen, without trailing blanks. */
  lines(): readonly string[];
  /** Everything from the top of the scrollback to the end of the screen. */
  everything(): readonly string[];
  /** All bytes that the program wrote. */
  raw(): string;
  /** Waits until the screen satisfies `isThere`; fails with what was there instead. */
  until(what: string, isThere: (text: string) => boolean): Promise<string>;
  resize(columns: number, rows: number): void;
  type(text: string): void;
  kill(signal: string): void;
  readonly isCursorVisible: boolean;
  /** Exit code, once the program has ended and all it wrote is on the screen. */
  ended(): Promise<number>;
}

export function openScreen(file: string, args: readonly string[], options: ScreenOptions): Screen {
  const { cwd, env = {}, columns: cols = 80, rows = 24 } = options;
  const terminal = new Terminal({ cols, rows, scrollback: 5_000, allowProposedApi: true });
  const process_: IPty = spawn(file, [...args], {
    cols,
    rows,
    cwd,
    env: { ...environment(), TERM: 'xterm-256color', ...env },
  });
  let raw = '';
  let isCursorVisible = true;
  let written = Promise.resolve();
  process_.onData((data) => {
    raw += data;
    for (const [, on] of data.matchAll(/\u001b\[\?25([hl])/g)) isCursorVisible = on === 'h';
    written = written.then(() => new Promise((resolve) => terminal.write(data, resolve)));
  });
  const exited = new Promise<number>((resolve) => process_.onExit(({ exitCode }) => resolve(exitCode)));
  const linesFrom = (first: number): readonly string[] => {
    const { active } = terminal.buffer;
    return Array.from(
      { length: active.length - first },
      (_, index) => active.getLine(first + index)?.translateToString(true) ?? '',
    );
  };
  const lines = (): readonly string[] => linesFrom(terminal.buffer.active.baseY).slice(0, terminal.rows);
  return {
    lines,
    everything: () => linesFrom(0),
    raw: () => raw,
    async until(what, isThere) {
      const began = Date.now();
      for (;;) {
        const text = lines().join('\n');
        if (isThere(text)) return text;
        if (Date.now() - began > LONGEST_MS) throw new Error(`No ${what} on the screen, but:\n${text}`);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    },
    resize(columns, newRows) {
      terminal.resize(columns, newRows);
      process_.resize(columns, newRows);
    },
    type: (text) => process_.write(text),
    kill: (signal) => process_.kill(signal),
    get isCursorVisible() {
      return isCursorVisible;
    },
    async ended() {
      const code = await exited;
      await written;
      return code;
    },
  };
}
