// What can go wrong with helm, and how its words are told apart.

export type HelmErrorCode =
  /** The helm program is not there, or is too old. */
  | 'missing'
  /** The release, or the revision, does not exist. */
  | 'not-found'
  /** Another operation on the release is going on, or was killed in the middle. */
  | 'busy'
  /** The cluster does not answer. */
  | 'unreachable'
  /** The cluster refuses us. */
  | 'forbidden'
  /** Values that the chart's schema refuses, a chart that does not render, an object that Kubernetes refuses. */
  | 'invalid'
  /** It took longer than it may, and was ended. */
  | 'timeout'
  | 'failed';

export class HelmError extends Error {
  readonly code: HelmErrorCode;
  /** All that helm said; empty when it said nothing. */
  readonly output: string;

  constructor(code: HelmErrorCode, message: string, cause?: unknown, output = '') {
    super(message, { cause });
    this.name = 'HelmError';
    this.code = code;
    this.output = output;
  }
}

const signs: [HelmErrorCode, RegExp][] = [
  // Helm 3 does not know these.
  ['missing', /unknown flag: --(server-side|force-conflicts)/],
  ['busy', /another operation \(install\/upgrade\/rollback\) is in progress/],
  ['not-found', /release: not found|has no deployed releases|release has no \S+ version/],
  [
    'unreachable',
    /cluster unreachable|connection refused|no such host|i\/o timeout|TLS handshake timeout|no route to host|context ".*" does not exist/,
  ],
  ['forbidden', /is forbidden|Unauthorized|the server has asked for the client to provide credentials/],
  [
    'invalid',
    /don't meet the specifications of the schema|execution error|parse error|is invalid|Forbidden: |unable to build kubernetes objects|YAML parse/,
  ],
  ['timeout', /context deadline exceeded|timed out waiting/],
];

/** What helm's error output means. */
export function classifyOutput(stderr: string): HelmErrorCode {
  return signs.find(([, sign]) => sign.test(stderr))?.[0] ?? 'failed';
}

/** The last lines, which hold the reason. */
export function lastLines(text: string, count = 8): string {
  const lines = text.split('\n').filter(line => line.trim() !== '' && !/^(WARNING:|level=)/.test(line));
  return lines.slice(-count).join('\n');
}
