// What can go wrong while a sandbox is started or used.

export type SandboxErrorCode = 'component-died' | 'not-ready-in-time' | 'command-failed' | 'request-refused';

export class SandboxError extends Error {
  readonly code: SandboxErrorCode;

  constructor(code: SandboxErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'SandboxError';
    this.code = code;
  }
}
