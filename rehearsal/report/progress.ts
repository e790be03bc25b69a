// Says on the terminal what is going on and for how long already.

import { stripVTControlCharacters } from 'node:util';

export interface Progress {
  /** A line that stays: something happened. */
  say: (text: string) => void;
  /** What is being done from now on; the line moves until the next call. */
  doing: (text: string) => void;
  /** Ends the moving line; to be called however it all ended. */
  end: () => void;
}

/** The part of a terminal or file that is needed. */
export interface Output {
  write: (text: string) => unknown;
  isTTY?: boolean;
  columns?: number;
}

export interface ProgressOptions {
  /** Monotonic, in ms. */
  clock?: () => number;
  /** How often the moving line is drawn on a terminal. */
  frameMs?: number;
  /** Where nothing can move, a line repeats what is being done after this long. */
  reminderMs?: number;
}

/** Lines begin with the seconds since the start, `[ 12.3 s] `. On a terminal one line is rewritten; elsewhere there are lines only. */
export function startProgress(output: Output, options: ProgressOptions = {}): Progress {
  const { clock = () => performance.now(), frameMs = 120, reminderMs = 30_000 } = options;
  const start = clock();
  const stamp = () => `[${((clock() - start) / 1000).toFixed(1).padStart(5)} s]`;
  let current: { text: string; since: number } | undefined;
  let frame = 0;

  const draw = () => {
    if (current === undefined) return;
    const seconds = Math.floor((clock() - current.since) / 1000);
    frame = (frame + 1) % frames.length;
    const line = `${stamp()} ${frames[frame]} ${current.text}${seconds >= 2 ? ` (${seconds} s)` : ''}`;
    output.write(`\r\u001b[K${line.slice(0, Math.max(20, (output.columns ?? 80) - 1))}`);
  };
  const remind = () => {
    if (current !== undefined) output.write(`${stamp()} still: ${current.text}\n`);
  };
  const timer = setInterval(output.isTTY ? draw : remind, output.isTTY ? frameMs : reminderMs);
  timer.unref();

  const say = (text: string) => {
    output.write(`${output.isTTY ? '\r\u001b[K' : ''}${stamp()} ${plain(text)}\n`);
    if (output.isTTY) draw();
  };
  return {
    say,
    doing: text => {
      current = { text: plain(text), since: clock() };
      if (output.isTTY) draw();
      else output.write(`${stamp()} ${current.text}\n`);
    },
    end: () => {
      clearInterval(timer);
      if (current !== undefined && output.isTTY) output.write('\r\u001b[K');
      current = undefined;
    },
  };
}

const frames = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];

/** One line without anything that moves the cursor: texts may come from logs. */
function plain(text: string): string {
  return stripVTControlCharacters(text)
    .replace(/\p{Cc}+/gu, ' ')
    .trim();
}
