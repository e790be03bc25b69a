// What can go wrong before a workflow of the rehearsal has an outcome of its own.

export type WorkflowErrorCode = 'workflow-missing' | 'action-unknown' | 'runner-failed' | 'packages-missing';

export class WorkflowError extends Error {
  readonly code: WorkflowErrorCode;

  constructor(code: WorkflowErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'WorkflowError';
    this.code = code;
  }
}
