import { createInterface } from 'node:readline';
import { adviceText, type Advice, type RenderAdvice } from '../../advice.ts';
import { jsonText } from '../../document/json-text.ts';
import { LifeboatError } from '../../errors.ts';
import type { LiveBlock, Size } from './live-block.ts';
import { ANSI_PALETTE, PLAIN_PALETTE } from '../../report/layout/palette.ts';
import type { Palette } from '../../report/layout/palette.ts';

export interface Streams {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Narrower than this a table would cut its figures, which is worse than lines that the terminal breaks; prose wider than that is tiring. */
const LEAST_WIDTH = 72;
const MOST_WIDTH = 120;

/** What a command says, and to whom. */
export interface Terminal {
  readonly json: boolean;
  /** A person is looking at standard output as it comes. */
  readonly watched: boolean;
  readonly palette: Palette;
  /** Columns to write for, where standard output is a terminal. Tables and prose: no narrower than they can bear. */
  readonly width: number | undefined;
  /** Columns that the terminal has now, however few; undefined where standard output is none. */
  columns(): number | undefined;
  /** Lines can be drawn over: a terminal that understands how, and a person in front of it. */
  readonly redraws: boolean;
  /**
   * Opens lines at the bottom that are drawn again and again; what is printed scrolls by above them until they are closed. They are
   * taken away when the process ends, however it ends. Undefined where lines cannot be drawn over.
   */
  openBlock(): Promise<LiveBlock | undefined>;
  /** For people, on standard output; nothing under `--json`. */
  print(text: Advice): void;
  /** The one JSON document of `--json`; nothing otherwise. */
  document(value: unknown): void;
  /** Beside the result, always on standard error. */
  note(text: Advice): void;
  /** Advice with its commands as they must be typed here. */
  readonly hint: RenderAdvice;
  /** From now on commands get these options: where the runs are may be known only after the command line has been read. */
  useOptions(options: readonly string[]): void;
  /**
   * Waits until all is written.
   * @returns why standard output could not take all of it: a full disk behind it, for instance. A reader that went away is no reason.
   */
  flush(): Promise<string | undefined>;
  /**
   * Asks for a yes. Anything else is a no.
   * @throws LifeboatError `QUESTION_UNANSWERED` without a terminal
   */
  confirm(question: string): Promise<boolean>;
  /** For a question that is asked later, when something has been begun already. @throws LifeboatError `QUESTION_UNANSWERED` without a terminal */
  requireAnswers(question: string): void;
}

export function createTerminal(json: boolean, streams: Streams, options: readonly string[] = []): Terminal {
  const { stdin, stdout, stderr, env } = streams;
  const watched = stdout.isTTY === true && !json;
  const output = createWriter(stdout);
  const { write } = output;
  const { write: complain } = createWriter(stderr);
  let commandOptions = options;
  const hint: RenderAdvice = (advice) => adviceText(advice, commandOptions);
  const requireAnswers = (question: string): void => {
    if (stdin.isTTY === true && stderr.isTTY === true) return;
    throw new LifeboatError(
      'QUESTION_UNANSWERED',
      `No terminal to confirm on: ${question}`,
      'Run it on a terminal, or confirm beforehand with --yes.',
    );
  };
  const redraws = watched && canRedraw(stdout, env);
  let block: LiveBlock | undefined;
  /** Both streams usually lead to the same screen: a block must make room for either. */
  const say = (isOnScreen: boolean, text: string, speak: (text: string) => void): void => {
    if (block === undefined || !isOnScreen) speak(text);
    else block.above(text, speak);
  };
  return {
    json,
    watched,
    redraws,
    columns: () => (watched ? sizeOf(stdout)?.columns : undefined),
    async openBlock() {
      if (!redraws) return undefined;
      const opened = await openScreenBlock(stdout, write, () => (block = undefined));
      block = opened;
      return opened;
    },
    palette: watched && isColourWanted(env) ? ANSI_PALETTE : PLAIN_PALETTE,
    width: watched ? widthOf(stdout.columns) : undefined,
    hint,
    useOptions: (next) => void (commandOptions = next),
    requireAnswers,
    flush: output.flush,
    print(text) {
      if (!json) say(true, `${hint(text)}\n`, write);
    },
    document(value) {
      if (json) write(`${jsonText(JSON.stringify(value))}\n`);
    },
    note(text) {
      say(stderr.isTTY === true, `${hint(text)}\n`, complain);
    },
    async confirm(question) {
      requireAnswers(question);
      const answer = await ask(`${question} [y/N] `, stdin, stderr);
      return /^(y|yes)$/i.test(answer.trim());
    },
  };
}

function widthOf(columns: number | undefined): number | undefined {
  if (columns === undefined || columns <= 0) return undefined;
  return Math.min(MOST_WIDTH, Math.max(LEAST_WIDTH, columns));
}

function sizeOf({ columns, rows }: NodeJS.WriteStream): Size | undefined {
  // A pseudo-terminal whose size was never set reports 0.
  return columns > 0 && rows > 0 ? { columns, rows } : undefined;
}

/** Build servers run programs on a terminal and keep its output as a log: lines that are redrawn in place would be noise there. */
function canRedraw(stdout: NodeJS.WriteStream, env: Streams['env']): boolean {
  const isBuildServer = !['', '0', 'false'].includes(env['CI'] ?? '');
  return sizeOf(stdout) !== undefined && env['TERM'] !== 'dumb' && !isBuildServer;
}

/** Fast enough to look alive, slow enough to be read and for any connection. */
const REDRAW_MS = 200;

/** The cursor is never hidden: then nothing has to bring it back, not even after a kill. */
async function openScreenBlock(
  stdout: NodeJS.WriteStream,
  write: (text: string) => void,
  closed: () => void,
): Promise<LiveBlock> {
  // What measures text loads Unicode's tables: only a live view needs them before a command runs.
  const [{ createLogUpdate }, { ScrollingBlock }] = await Promise.all([
    import('log-update'),
    import('./live-block.ts'),
  ]);
  const size = (): Size => sizeOf(stdout) ?? { columns: 80, rows: 24 };
  const screen = {
    isTTY: true,
    write,
    get columns() {
      return size().columns;
    },
    get rows() {
      return size().rows;
    },
  };
  const redraw = createLogUpdate(screen as unknown as NodeJS.WriteStream, { showCursor: true });
  const block = new ScrollingBlock({ redraw, write, size, paceMs: REDRAW_MS });
  const refit = (): void => block.refit();
  const close = (): void => {
    stdout.off('resize', refit);
    process.off('exit', close);
    block.close();
    closed();
  };
  stdout.on('resize', refit);
  process.on('exit', close);
  return {
    show: (frame) => block.show(frame),
    showLine: (text) => block.showLine(text),
    above: (text, speak) => block.above(text, speak),
    close,
  };
}

interface Writer {
  readonly write: (text: string) => void;
  readonly flush: () => Promise<string | undefined>;
}

/**
 * A reader that has gone away (`| head`) must not stop a recovery, nor make noise; a full disk behind a redirection must not stop it
 * either, but is told at the end. What cannot be written is not tried again.
 */
function createWriter(stream: NodeJS.WriteStream): Writer {
  let isOpen = true;
  let problem: string | undefined;
  stream.on('error', (error: NodeJS.ErrnoException) => {
    isOpen = false;
    if (error.code !== 'EPIPE') problem ??= error.message;
  });
  return {
    write(text) {
      if (isOpen) stream.write(text);
    },
    flush: () =>
      new Promise((resolve) => {
        if (isOpen) stream.write('', () => setImmediate(() => resolve(problem)));
        else resolve(problem);
      }),
  };
}

function isColourWanted(env: Streams['env']): boolean {
  return (env['NO_COLOR'] ?? '') === '' && env['TERM'] !== 'dumb';
}

function ask(prompt: string, input: NodeJS.ReadStream, output: NodeJS.WriteStream): Promise<string> {
  const reader = createInterface({ input, output });
  return new Promise((resolve) => {
    // Ctrl-C and Ctrl-D end the question without an answer.
    reader.once('SIGINT', () => reader.close());
    reader.once('close', () => resolve(''));
    reader.question(prompt, (answer) => {
      resolve(answer);
      reader.close();
    });
  });
}
