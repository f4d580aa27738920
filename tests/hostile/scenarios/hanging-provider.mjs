// The token endpoint hangs while 20 sessions have tokens that have expired; each asks for two pages.

import { setTimeout as pause } from 'node:timers/promises';

import { exchange } from '../browser.mjs';
import { eachTarget, measure } from '../lab.mjs';
import { startApplication } from '../processes.mjs';
import { startRelay } from '../relay.mjs';
import { describe } from './unread-logs.mjs';

export const title = 'a token endpoint that hangs, 20 sessions whose tokens have expired: a page each in four waves, then all once more';

export async function run(lab) {
  const application = await startApplication('pages.mjs');
  const relays = [];
  const options = {
    upstream: application.origin,
    provider: async (provider) => {
      relays.push(await startRelay({ lab, provider, expiresIn: 60 }));
      return relays.at(-1).lines;
    },
  };
  const rows = await eachTarget(lab, { options }, (target) => against(target, relays.at(-1)));
  relays.forEach((relay) => relay.stop());
  await application.stop();
  return rows;
}

async function against(target, relay) {
  const cookies = [];
  for (let index = 0; index < 20; index += 1) cookies.push(await target.signedIn('alice', `127.0.5.${index + 1}`));
  await pause(61_000);
  // The watcher's session is new: its tokens are valid.
  const fresh = { ...target, watched: await target.signedIn('alice') };
  return measure(fresh, { seconds: 1, begin: () => attack(target, relay, cookies) });
}

async function attack(target, relay, cookies) {
  const before = relay.state.calls;
  relay.hang(true);
  const waits = [];
  const answers = [];
  // Five at a time, then all once more.
  for (const [from, to] of [[0, 5], [5, 10], [10, 15], [15, 20], [0, 20]]) {
    const wave = [];
    await Promise.all(cookies.slice(from, to).map(async (cookie, index) => {
      const begun = performance.now();
      const options = { agent: false, headers: { cookie }, localAddress: `127.0.5.${from + index + 1}`, timeout: 60_000 };
      answers.push(await exchange(`${target.origin}/`, options).catch((error) => ({ failed: error.message })));
      wave.push((performance.now() - begun) / 1000);
    }));
    waits.push(Math.max(...wave));
  }
  return {
    async end() {
      relay.hang(false);
      return {
        told: `longest waits: ${waits.map((wait) => `${wait.toFixed(1)} s`).join(', ')}; answers: ${describe(answers)}; `
          + `${relay.state.calls - before} token calls`,
        // The provider's breaker is open by then.
        held: answers.every((answer) => answer.status === 200) && Math.max(...waits.slice(2)) < 5,
      };
    },
  };
}
