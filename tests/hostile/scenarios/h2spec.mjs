// h2spec against the TLS listener.

import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { eachTarget } from '../lab.mjs';
import { startApplication } from '../processes.mjs';

export const title = 'h2spec over TLS';

export async function run(lab) {
  const program = fileURLToPath(new URL('../../../target/hostile/bin/h2spec', import.meta.url));
  if (!existsSync(program)) return [{ program: 'all', told: 'skipped: h2spec could not be built without go', held: undefined }];
  const application = await startApplication('pages.mjs');
  const rows = await eachTarget(lab, { peers: ['nginx', 'haproxy'], options: { upstream: application.origin, tls: true } }, async (target) => {
    // An application reads what is sent to this path to its end; a refusal would end streams whose state the tests look at.
    const words = ['-h', '127.0.0.1', '-p', String(target.port), '-t', '-k', '-o', '5', '-P', '/public/'];
    const text = await new Promise((resolve) => {
      execFile(program, words, { maxBuffer: 1 << 24 }, (_error, stdout) => resolve(stdout));
    });
    const [, total, passed, skipped, failed] = /(\d+) tests, (\d+) passed, (\d+) skipped, (\d+) failed/.exec(text) ?? [];
    const [progress] = text.split('Failures:');
    const which = [...progress.matchAll(/× \d+: (.*)/g)].map(([, name]) => name);
    const names = failed === '0' || target.isPeer ? '' : ` (${which.join('; ')})`;
    return { told: `${total} tests, ${passed} passed, ${skipped} skipped, ${failed} failed${names}`, held: failed === '0' };
  });
  await application.stop();
  return rows;
}
