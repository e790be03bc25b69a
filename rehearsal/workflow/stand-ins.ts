// Which actions of other repositories a workflow uses, and which folder of ours stands in for each.

import { WorkflowError } from './workflow-error.ts';

/** Actions we have a stand-in for, in the folder of the same name under `actions/`. */
const standIns: ReadonlyMap<string, string> = new Map([
  ['actions/checkout', 'checkout'],
  ['actions/setup-node', 'setup-node'],
  ['actions/upload-artifact', 'upload-artifact'],
  ['actions/download-artifact', 'download-artifact'],
]);

export interface StandIn {
  /** As the workflow names it, `owner/name@ref`. */
  uses: string;
  /** Folder under `actions/`. */
  folder: string;
}

/**
 * The stand-ins a workflow needs.
 * @param file for messages
 * @throws {WorkflowError} `action-unknown` when it uses an action that would have to be downloaded
 */
export function planStandIns(text: string, file: string): StandIn[] {
  const remote = [...text.matchAll(/^\s*(?:-\s+)?uses:\s*['"]?([^\s'"#]+)/gm)]
    .map(match => match[1] ?? '')
    .filter(uses => !uses.startsWith('./'));
  return [...new Set(remote)].map(uses => {
    const folder = standIns.get(uses.split('@')[0] ?? '');
    if (folder === undefined) {
      throw new WorkflowError(
        'action-unknown',
        `${file} uses ${uses}, which cannot be fetched here. Write a stand-in for it in rehearsal/workflow/actions and name it in stand-ins.ts.`,
      );
    }
    return { uses, folder };
  });
}
