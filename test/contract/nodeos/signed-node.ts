// A nodeos of one test's own, whose blocks a recording signer signs. Both end with the test, however it ends.

import type { ExecutionContext } from 'ava';
import { type Nodeos, scratchFolder, startNodeos } from './nodeos.ts';
import { type RecordingSigner, startSigner } from './recording-signer.ts';

/** Options of a node that waits long for a signature, whatever the machine is busy with. */
export const patient = ['--keosd-provider-timeout', '10000', '--http-validate-host', 'false'];

/** The folder and the signer alone, for a test that starts nodes by itself. */
export async function scratchSigner(
  t: ExecutionContext,
  { tcp = false }: { tcp?: boolean } = {},
): Promise<{ folder: string; signer: RecordingSigner }> {
  const { folder, remove } = scratchFolder();
  const signer = await startSigner(tcp ? 'tcp' : { path: `${folder}/signer.sock` });
  t.teardown(() => {
    signer.close();
    remove();
  });
  return { folder, signer };
}

export async function signedNode(
  t: ExecutionContext,
  options: readonly string[],
  where: { tcp?: boolean } = {},
): Promise<{ nodeos: Nodeos; signer: RecordingSigner }> {
  const { folder, signer } = await scratchSigner(t, where);
  const nodeos = await startNodeos({ folder, signerUrl: signer.url, options });
  t.teardown(() => nodeos.stop('SIGKILL'));
  return { nodeos, signer };
}
