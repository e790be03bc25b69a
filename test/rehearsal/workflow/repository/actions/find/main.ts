// Tells what the event says, from TypeScript and as a real action would.
import { execFileSync } from 'node:child_process';
import { appendFileSync, readFileSync } from 'node:fs';

const { GITHUB_EVENT_PATH = '', GITHUB_OUTPUT = '', GITHUB_STEP_SUMMARY = '' } = process.env;
const event: { before: string; after: string } = JSON.parse(readFileSync(GITHUB_EVENT_PATH, 'utf8'));
const changed = execFileSync('git', ['diff', '--name-only', event.before, event.after], { encoding: 'utf8' }).trim();
console.log(`changed: ${changed}`);
console.log(`at ${execFileSync('git', ['rev-parse', 'HEAD'], { encoding: 'utf8' }).trim()}`);
appendFileSync(GITHUB_OUTPUT, 'environments=["testnet","mainnet"]\n');
appendFileSync(GITHUB_STEP_SUMMARY, `# Found\n\n| file |\n|---|\n| ${changed} |\n`);
