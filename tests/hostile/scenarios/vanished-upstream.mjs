// The application's machine vanishes while answers are under way: its network link goes down without a packet. Everything runs in network
// namespaces of its own.

import { execFileSync, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export const title = 'the network to the application vanishes under a streamed answer, a WebSocket and a request';

export async function run(lab) {
  if (process.getuid() !== 0) return skipped('not root');
  try {
    execFileSync('unshare', ['--net', 'true'], { stdio: 'ignore' });
  } catch {
    return skipped('no network namespaces here');
  }
  const inside = fileURLToPath(new URL('../vanished_inside.mjs', import.meta.url));
  const words = ['--net', process.execPath, '--no-warnings', inside, JSON.stringify(lab.binaries)];
  const { stdout, stderr, status } = spawnSync('unshare', words, { encoding: 'utf8', maxBuffer: 1 << 24 });
  if (status !== 0) throw new Error(`inside the namespace: ${stderr}`);
  return JSON.parse(stdout.trim().split('\n').at(-1));
}

function skipped(why) {
  return [{ program: 'all', told: `skipped: ${why}`, held: undefined }];
}
