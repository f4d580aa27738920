// Standard error or standard output is a pipe that is never read, or a full disk.

import { execFileSync } from 'node:child_process';
import { closeSync, constants, openSync } from 'node:fs';
import { join } from 'node:path';

import { exchange } from '../browser.mjs';
import { eachTarget, measure } from '../lab.mjs';
import { startApplication } from '../processes.mjs';

export const title = '500 anonymous refusals and 200 requests, with an unread or full output; then 200 requests over new connections';

export async function run(lab) {
  const rows = [];
  for (const [label, streams] of Object.entries(CASES)) {
    const application = await startApplication('pages.mjs');
    const open = [];
    const output = (kind) => {
      if (kind === 'full') return open[open.push(openSync('/dev/full', 'w')) - 1];
      if (kind !== 'unread') return 'ignore';
      const fifo = join(lab.folder, `fifo-${label}-${open.length}-${Date.now()}`);
      execFileSync('mkfifo', [fifo]);
      return open[open.push(openSync(fifo, constants.O_RDWR)) - 1];
    };
    const options = () => ({ upstream: application.origin, stdio: ['ignore', output(streams.stdout), output(streams.stderr)] });
    const some = await eachTarget(lab, { options }, (target) => measure(target, { seconds: 1, begin: () => attack(target) }));
    rows.push(...some.map((row) => ({ ...row, told: `${label}: ${row.told}` })));
    open.forEach((descriptor) => closeSync(descriptor));
    await application.stop();
  }
  return rows;
}

const CASES = {
  'unread stderr': { stderr: 'unread' },
  'unread stdout': { stdout: 'unread' },
  'both unread': { stdout: 'unread', stderr: 'unread' },
  'full disk': { stdout: 'full', stderr: 'full' },
};

async function attack(target) {
  // An anonymous refusal that is logged: a response with a forged state.
  const refusals = await many(500, (index) => exchange(
    `${target.origin}/.auth/login/certified/callback?code=none&state=forged-${index}`,
    { agent: false, localAddress: '127.0.9.9', timeout: 1500 },
  ));
  const requests = await many(200, () => exchange(`${target.origin}/`, { agent: false, headers: { cookie: target.cookie }, timeout: 1500 }));
  return {
    async end() {
      const after = await many(200, () => exchange(`${target.origin}/`, { agent: false, headers: { cookie: target.cookie }, timeout: 1500 }));
      const health = await many(5, () => exchange(target.healthz, { agent: false, timeout: 1500 }));
      const told = `answered: ${count(refusals)} of 500 refusals, ${count(requests)} of 200 requests; then ${count(after)} of 200; `
        + `/healthz ${describe(health)}`;
      return { told, held: count(refusals) === 500 && count(after) === 200 };
    },
  };
}

/** Runs `ask` many times, 20 at once; a failure is a result, too. */
export async function many(times, ask, atOnce = 40) {
  const results = [];
  let next = 0;
  const one = async () => {
    while (next < times) {
      const index = next;
      next += 1;
      results[index] = await ask(index).catch((error) => ({ failed: error.code ?? error.message }));
    }
  };
  await Promise.all(Array.from({ length: atOnce }, one));
  return results;
}

/** Counts results by status or failure. */
export function describe(results) {
  const counts = {};
  for (const { status, failed } of results) counts[status ?? failed] = (counts[status ?? failed] ?? 0) + 1;
  return Object.entries(counts).map(([what, times]) => `${times} × ${what}`).join(', ');
}

function count(results) {
  return results.filter((result) => !result.failed).length;
}
