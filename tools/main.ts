// `npm run tools [-- name…]`: installs the named tools, or all, and prints where they are.
import { catalog, type ToolName } from './catalog.ts';
import { ensureTools } from './install.ts';
import { showProgress } from './progress.ts';
import { ToolError } from './tool-error.ts';

const asked = process.argv.slice(2);
const known: readonly string[] = catalog.map(tool => tool.name);
const unknown = asked.filter(name => !known.includes(name));
if (unknown.length > 0) {
  console.error(`No such tool: ${unknown.join(', ')}. Known are ${known.join(', ')}.`);
  process.exit(2);
}

const names = catalog.map(tool => tool.name).filter(name => asked.length === 0 || asked.includes(name));
const progress = showProgress(process.stderr);
try {
  printTable(await ensureTools(names, { report: progress.report }), names);
} catch (error) {
  if (!(error instanceof ToolError)) throw error;
  console.error(`\n${error.message}`);
  process.exitCode = 1;
} finally {
  progress.stop();
}

function printTable(tools: Awaited<ReturnType<typeof ensureTools>>, shown: ToolName[]): void {
  for (const name of shown) {
    console.log(`${name.padEnd(24)} ${tools.version(name).padEnd(16)} ${tools.path(name)}`);
  }
}
