// Shows what reaches an action: inputs, the API's address, the repository's name, and what of the host's environment does not.
import { appendFileSync } from 'node:fs';

const { env } = process;
const name = env.INPUT_ENVIRONMENT ?? '';
console.log(
  JSON.stringify({
    api: env.GITHUB_API_URL,
    repository: env.GITHUB_REPOSITORY,
    kubeconfig: env.INPUT_KUBECONFIG,
    hasToken: env.INPUT_TOKEN !== '',
    terminal: process.stdout.isTTY,
    leaked: env.LEAKED,
    tokenInEnvironment: env.GITHUB_TOKEN,
    node: process.versions.node.split('.')[0],
  }),
);
console.log('::group::Details');
console.log(`::warning title=Careful::greeting ${name}`);
console.log('::endgroup::');
appendFileSync(env.GITHUB_STEP_SUMMARY ?? '', `# Greeted ${name}\n`);
