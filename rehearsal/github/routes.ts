// Which request is answered by what: the part of GitHub's REST API that our actions use.

import type { Call } from './context.ts';
import * as deployments from './deployments.ts';
import * as pulls from './pulls.ts';
import * as references from './references.ts';
import type { Reply } from './reply.ts';
import * as threads from './threads.ts';

type Handler = (call: Call) => Reply | Promise<Reply>;

/** Paths are below `/repos/{owner}/{repo}`; `{name}` is one segment, `{name+}` any number. */
const table: readonly [method: string, path: string, handler: Handler][] = [
  ['GET', '', references.getRepository],
  ['GET', '/pulls', pulls.listPulls],
  ['POST', '/pulls', pulls.createPull],
  ['GET', '/pulls/{number}', pulls.getPull],
  ['PATCH', '/pulls/{number}', pulls.updatePull],
  ['GET', '/pulls/{number}/files', pulls.listFiles],
  ['GET', '/pulls/{number}/commits', pulls.listPullCommits],
  ['PUT', '/pulls/{number}/merge', pulls.mergePull],
  ['GET', '/issues', threads.listIssues],
  ['POST', '/issues', threads.createIssue],
  ['GET', '/issues/{number}', threads.getIssue],
  ['PATCH', '/issues/{number}', threads.updateIssue],
  ['POST', '/issues/{number}/labels', threads.addLabels],
  ['GET', '/issues/{number}/comments', threads.listComments],
  ['POST', '/issues/{number}/comments', threads.createComment],
  ['GET', '/issues/comments/{id}', threads.getComment],
  ['PATCH', '/issues/comments/{id}', threads.updateComment],
  ['DELETE', '/issues/comments/{id}', threads.deleteComment],
  ['GET', '/deployments', deployments.listDeployments],
  ['POST', '/deployments', deployments.createDeployment],
  ['GET', '/deployments/{id}', deployments.getDeployment],
  ['GET', '/deployments/{id}/statuses', deployments.listStatuses],
  ['POST', '/deployments/{id}/statuses', deployments.createStatus],
  ['GET', '/git/ref/{ref+}', references.getReference],
  ['GET', '/git/matching-refs/{ref+}', references.listMatchingReferences],
  ['POST', '/git/refs', references.createReference],
  ['PATCH', '/git/refs/{ref+}', references.updateReference],
  ['DELETE', '/git/refs/{ref+}', references.deleteReference],
  ['GET', '/git/commits/{sha}', references.getGitCommit],
];

const routes = table.map(([method, path, handler]) => ({
  method,
  handler,
  pattern: new RegExp(
    `^${path.replace(/\{(\w+)(\+?)\}/g, (_, name: string, many: string) => `(?<${name}>${many === '+' ? '.+' : '[^/]+'})`)}$`,
  ),
}));

export interface Match {
  handler: Handler;
  parameters: Record<string, string>;
}

/**
 * The handler for a request; undefined when the stand-in knows none.
 * @param path what follows `/repos/{owner}/{repo}`, encoded as it came
 */
export function matchRoute(method: string, path: string): Match | undefined {
  for (const route of routes) {
    const match = route.method === method ? route.pattern.exec(path) : null;
    if (match === null) continue;
    const parameters = Object.entries(match.groups ?? {}).map(([name, value]) => [name, decodeURIComponent(value)]);
    return { handler: route.handler, parameters: Object.fromEntries(parameters) };
  }
  return undefined;
}
