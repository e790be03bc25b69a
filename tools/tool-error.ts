// What can go wrong while tools are installed, each with what to do about it.

export type ToolErrorCode =
  | 'unsupported-platform'
  | 'missing-command'
  | 'build-failed'
  | 'download-failed'
  | 'package-failed'
  | 'lock-timeout';

export class ToolError extends Error {
  readonly code: ToolErrorCode;

  constructor(code: ToolErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'ToolError';
    this.code = code;
  }
}
