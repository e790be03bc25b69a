// Shows on the terminal which tool is being brought in, how, and for how long already.
import type { WriteStream } from 'node:tty';
import type { ToolEvent, Way } from './install.ts';

export interface Progress {
  report: (event: ToolEvent) => void;
  /** Ends the ticking; to be called however the installation ended. */
  stop: () => void;
}

/** On a terminal one line is rewritten every second; elsewhere there is a line per event and one every 30 s. */
export function showProgress(stream: WriteStream | NodeJS.WriteStream): Progress {
  let line = '';
  let since = performance.now();
  const seconds = () => Math.round((performance.now() - since) / 1000);
  const show = (text: string, isFinal: boolean) => {
    if (stream.isTTY) stream.write(`\r\u001b[K${text}${isFinal ? '\n' : ''}`);
    else stream.write(`${text}\n`);
  };
  const timer = setInterval(
    () => {
      if (line) show(`${line}, ${seconds()} s`, false);
    },
    stream.isTTY ? 1_000 : 30_000,
  );
  timer.unref();
  return {
    report: event => {
      if (event.kind === 'started' || event.kind === 'waiting') {
        line = describe(event);
        since = performance.now();
        show(line, false);
      } else {
        line = '';
        show(describe(event), true);
      }
    },
    stop: () => clearInterval(timer),
  };
}

/** One line of text for an event. */
export function describe(event: ToolEvent): string {
  switch (event.kind) {
    case 'waiting':
      return 'Another run is installing tools: waiting for it';
    case 'started':
      return `Tool ${event.index} of ${event.of}: ${event.tool} ${event.version}, ${describeWay(event.way)}`;
    case 'download-failed':
      return `${event.tool}: ${event.reason}`;
    case 'installed':
      return `${event.tool} is ready after ${event.seconds.toFixed(1)} s`;
  }
}

function describeWay(way: Way): string {
  switch (way.kind) {
    case 'download':
      return 'downloading';
    case 'go':
      return `building from Go modules, usually ${way.usualSeconds} s`;
    case 'debian':
      return 'from Debian packages';
  }
}
