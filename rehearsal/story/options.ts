// What the rehearsal outside the sandbox tells the one inside.

export interface StoryOptions {
  /** The folder with package.json. */
  repository: string;
  /** Where report.json, page.html, logs/ and summaries/ go. */
  output: string;
  /** Unix socket to serve the page on, and the address at which it is seen outside. */
  pageSocket: string;
  pageUrl: string;
  /** Lets `npm ci` in workflows do without a network. */
  npmEnvironment: Record<string, string>;
  /** Whether the story also tells what goes wrong: see faults.ts. */
  faults: boolean;
  /** Whether the fleet stays up after the verdict, for somebody at a terminal. */
  staysUp: boolean;
}
