import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import { sandboxTools } from '#rehearsal/sandbox/sandbox.ts';
import { ensureTools } from '#tools/install.ts';

interface Message {
  phase: 'inside' | 'sandbox' | 'site' | 'pod' | 'end';
  namespaces?: string[];
  facts?: Record<string, unknown>;
}

interface Opened {
  opener: ChildProcess;
  marker: string;
  logFolder: string;
  namespaces: string[];
  until: (phase: Message['phase']) => Promise<Message>;
}

test.before('the tools are there', async t => {
  const tools = await ensureTools(sandboxTools, { report: event => t.log(event) });
  t.is(tools.binFolders.length, sandboxTools.length);
});

/** Starts the opener under a shell, as npm does. The messages come by a channel that the shell only passes on. */
function open(t: ExecutionContext, plot: string): Opened {
  const logFolder = mkdtempSync(join(tmpdir(), 'active-eos-test-'));
  const marker = `ACTIVE_EOS_TEST=${randomUUID()}`;
  const program = [process.execPath, fileURLToPath(import.meta.resolve('./opener.ts')), logFolder, plot];
  const opener = spawn('sh', ['-c', '"$@" & wait $! 2>/dev/null; exit $?', 'sh', ...program], {
    env: { ...process.env, ACTIVE_EOS_TEST: marker.slice('ACTIVE_EOS_TEST='.length) },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const opened: Opened = { opener, marker, logFolder, namespaces: [], until: async () => ({ phase: 'end' }) };
  const messages: Message[] = [];
  opener.on('message', message => {
    messages.push(message as Message);
    opened.namespaces = (message as Message).namespaces ?? opened.namespaces;
  });
  opened.until = async phase => {
    const signal = AbortSignal.timeout(150_000);
    for (;;) {
      const found = messages.find(message => message.phase === phase);
      if (found) return found;
      if (opener.exitCode !== null) throw new Error(`the sandbox ended with ${opener.exitCode} before "${phase}"`);
      await Promise.race([once(opener, 'message', { signal }), once(opener, 'exit', { signal })]);
    }
  };
  t.teardown(() => {
    opener.kill('SIGKILL');
    rmSync(logFolder, { recursive: true, force: true });
  });
  return opened;
}

/** Processes that carry the marker in their environment, or live in one of the namespaces. */
function survivors({ marker, namespaces }: Opened): string[] {
  return readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .filter(pid => {
      try {
        const spaces = ['pid', 'mnt', 'net'].map(kind => readlinkSync(`/proc/${pid}/ns/${kind}`));
        if (spaces.some(space => namespaces.includes(space))) return true;
        return readFileSync(`/proc/${pid}/environ`, 'utf8').includes(marker);
      } catch {
        return false;
      }
    });
}

/** What of a machine a sandbox could leave changed. */
function observeMachine(): object {
  const mounts = readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .map(line => line.split(' ')[4]);
  const links = execFileSync('ip', ['-oneline', 'link'], { encoding: 'utf8' }).split('\n');
  const namespaces = execFileSync('ip', ['netns', 'list'], { encoding: 'utf8' });
  return { mounts, links: links.map(line => line.split(':')[1]), namespaces };
}

async function untilGone(opened: Opened): Promise<string[]> {
  for (let tries = 0; tries < 200 && survivors(opened).length > 0; tries++) await pause(100);
  return survivors(opened);
}

/** Kills the process of opener.ts itself, the shell's only child, as soon as there is one. */
async function killOpener({ opener }: Opened): Promise<void> {
  for (let tries = 0; tries < 500; tries++) {
    const child = Number(readFileSync(`/proc/${opener.pid}/task/${opener.pid}/children`, 'utf8').trim());
    if (child > 1) {
      process.kill(child, 'SIGKILL');
      return;
    }
    await pause(10);
  }
  throw new Error('the shell started nothing within 5 s');
}

const killedAfter = test.macro({
  title: (_, phase: Message['phase']) => `kill -9 of the opener after "${phase}" leaves nothing behind`,
  exec: async (t, phase: Message['phase']) => {
    const before = observeMachine();
    const opened = open(t, 'hold');
    await opened.until(phase);
    t.true(survivors(opened).length > 2, 'the sandbox is there');
    await killOpener(opened);
    t.deepEqual(await untilGone(opened), []);
    t.deepEqual(observeMachine(), before);
  },
});

test.serial(killedAfter, 'inside');
test.serial(killedAfter, 'sandbox');
test.serial(killedAfter, 'site');
test.serial(killedAfter, 'pod');

test.serial('kill -9 at any moment of the start leaves nothing behind', async t => {
  const before = observeMachine();
  for (const afterMs of [60, 120, 180, 240, 300, 400, 700, 1_500]) {
    const opened = open(t, 'hold');
    await pause(afterMs);
    await killOpener(opened);
    t.deepEqual(await untilGone(opened), [], `after ${afterMs} ms`);
  }
  t.deepEqual(observeMachine(), before);
});

test.serial('kill -9 of the process that started the opener ends the sandbox as well', async t => {
  const opened = open(t, 'hold');
  await opened.until('inside');
  opened.opener.kill('SIGKILL');
  t.deepEqual(await untilGone(opened), []);
});

test.serial(
  'a site runs a pod, loses and regains its network and its node, and a death is told with the last words',
  async t => {
    const opened = open(t, 'story');
    const { facts = {} } = await opened.until('end');
    t.like(facts, {
      node: 'aws-a',
      log: '1000\n',
      forwarded: 'hello\n',
      runnerReachesPod: false,
      runnerReachesApi: true,
      runnerReachesApiWhenCut: false,
      cutIsSilent: true,
      runnerReachesApiWhenHealed: true,
      restarts: 1,
      deathsBeforeCrash: [],
      apiAfterStop: false,
    });
    t.true(Number(facts.killed) >= 5, 'kubelet, containerd, a shim, the pause and the server');
    const [death = ''] = facts.deaths as string[];
    t.regex(death, /crasher ended with exit code 3.*last words/s);
    t.true(readdirSync(join(opened.logFolder, 'aws')).includes('kube-apiserver.log'), 'the logs outlive the sandbox');
  },
);
