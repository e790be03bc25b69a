// Opens a sandbox as `npm start` does, so that a test can kill the opener: passes on what comes from inside.
import { fileURLToPath } from 'node:url';
import { enterSandbox, watchParent } from '#rehearsal/sandbox/enter.ts';

watchParent(() => process.exit(1));
const inside = enterSandbox(fileURLToPath(import.meta.resolve('./fleet.ts')), process.argv.slice(2));
inside.on('message', message => process.send?.(message));
inside.on('exit', code => process.exit(code ?? 1));
