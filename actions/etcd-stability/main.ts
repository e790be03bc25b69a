// Fails the job unless etcd is stable: one leader, one term, enough healthy members.

import { error, setFailed, setOutput } from '@actions/core';
import { renderStability } from '#core/etcd-stability/summary.ts';
import { checkEtcdStability } from '#operations/etcd-stability.ts';
import { openFleet } from '#operations/fleet.ts';
import { runAction, say, writeSummary } from '../action-log.ts';
import { readInputs } from './inputs.ts';

await runAction('etcd-stability', async () => {
  const inputs = readInputs();
  const fleet = await openFleet(inputs);
  const verdict = await checkEtcdStability(fleet, inputs);
  setOutput('stable', verdict.stable);
  setOutput('leader', verdict.leader ?? '');
  setOutput('term', verdict.term ?? '');
  setOutput('verdict', JSON.stringify(verdict));
  await writeSummary(renderStability(inputs.environment, verdict));
  const title = `etcd of ${inputs.environment}`;
  for (const reason of verdict.reasons) error(reason, { title });
  if (!verdict.stable) setFailed(`${title} is not stable: ${verdict.reasons.join('; ')}`);
  else say(`${title} is stable: leader ${verdict.leader ?? 'unknown'}, term ${verdict.term ?? 'unknown'}`);
});
