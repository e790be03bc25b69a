// Judges a pull request. Everything is loaded after the first line, so that somebody who watches sees at once that it runs.

process.stdout.write('validate: reading the change\n');
const { runAction } = await import('../action-log.ts');

await runAction('validate', async () => {
  const { runValidate } = await import('./run.ts');
  await runValidate();
});
