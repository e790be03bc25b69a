// `npm run rules`: writes docs/rules.md from the catalogue.

import { writeFile } from 'node:fs/promises';
import { renderRules } from '#core/validation/page.ts';

await writeFile(new URL('../../../docs/rules.md', import.meta.url), renderRules());
