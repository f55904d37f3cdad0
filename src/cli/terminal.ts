import { createInterface } from 'node:readline';
import { LifeboatError } from '../errors.ts';
import { ANSI_PALETTE, PLAIN_PALETTE } from '../report/palette.ts';
import type { Palette } from '../report/palette.ts';

export interface Streams {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** What a command says, and to whom. */
export interface Terminal {
  readonly json: boolean;
  /** A person is looking at standard output as it comes. */
  readonly watched: boolean;
  readonly palette: Palette;
  /** For people, on standard output; nothing under `--json`. */
  print(text: string): void;
  /** The one JSON document of `--json`; nothing otherwise. */
  document(value: unknown): void;
  /** Beside the result, on standard error, whatever standard output is for. */
  note(text: string): void;
  /**
   * Asks for a yes. Anything else is a no.
   * @throws LifeboatError `QUESTION_UNANSWERED` when nobody is there to answer
   */
  confirm(question: string): Promise<boolean>;
}

export function createTerminal(json: boolean, streams: Streams): Terminal {
  const { stdin, stdout, stderr, env } = streams;
  const watched = stdout.isTTY === true && !json;
  const write = createWriter(stdout);
  const complain = createWriter(stderr);
  return {
    json,
    watched,
    palette: watched && isColourWanted(env) ? ANSI_PALETTE : PLAIN_PALETTE,
    print(text) {
      if (!json) write(`${text}\n`);
    },
    document(value) {
      if (json) write(`${JSON.stringify(value)}\n`);
    },
    note(text) {
      complain(`${text}\n`);
    },
    async confirm(question) {
      if (stdin.isTTY !== true || stderr.isTTY !== true) {
        throw new LifeboatError(
          'QUESTION_UNANSWERED',
          `Nobody is there to answer: ${question}`,
          'Run it on a terminal, or agree beforehand with --yes.',
        );
      }
      const answer = await ask(`${question} [y/N] `, stdin, stderr);
      return /^(y|yes)$/i.test(answer.trim());
    },
  };
}

/**
 * A reader that has gone away (`| head`) must not stop a recovery, nor make noise: what it will never read is not written any
 * more. Any other failure of a stream is thrown to whoever minds the process.
 */
function createWriter(stream: NodeJS.WriteStream): (text: string) => void {
  let isOpen = true;
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    isOpen = false;
  });
  return (text) => {
    if (isOpen) stream.write(text);
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
