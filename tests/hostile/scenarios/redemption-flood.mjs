// A stranger sends 400 responses with codes that nobody issued; each code that is redeemed is an authenticated call to the provider.

import { Browser } from '../browser.mjs';
import { eachTarget, measure } from '../lab.mjs';
import { startApplication } from '../processes.mjs';
import { startRelay } from '../relay.mjs';
import { describe, many } from './unread-logs.mjs';

export const title = '400 sign-ins of one address, each with a response whose code nobody issued; then ten people sign in';

export async function run(lab) {
  const application = await startApplication('pages.mjs');
  const relays = [];
  const options = {
    upstream: application.origin,
    provider: async (provider) => {
      relays.push(await startRelay({ lab, provider }));
      return relays.at(-1).lines;
    },
  };
  const rows = await eachTarget(lab, { options }, (target) => measure(target, { seconds: 1, begin: () => attack(target, relays.at(-1)) }));
  relays.forEach((relay) => relay.stop());
  await application.stop();
  return rows;
}

async function attack(target, relay) {
  const before = relay.state.calls;
  const ends = await many(400, () => forged(target));
  const calls = relay.state.calls - before;
  return {
    async end() {
      const signedIn = await many(10, async (index) => {
        await target.signedIn('bob', `127.0.6.${index + 1}`);
        return { status: 200 };
      }, 2);
      const good = signedIn.filter(({ status }) => status === 200).length;
      return {
        told: `${calls} token calls (answers: ${describe(ends)}); ${good} of 10 people signed in afterwards`,
        held: calls <= 100 && good === 10,
      };
    },
  };
}

async function forged(target) {
  const browser = new Browser({ ca: target.ca, address: '127.0.9.9' });
  const begun = await browser.send(`${target.origin}/`);
  const state = begun.headers.location && new URL(begun.headers.location).searchParams.get('state');
  if (!state) return begun;
  let url = `${target.origin}/.auth/login/certified/callback?code=forged-${Math.random()}&state=${state}&iss=${encodeURIComponent(target.provider.issuer)}`;
  let answer = await browser.send(url);
  for (let step = 0; step < 2 && answer.headers.location?.includes('/continue'); step += 1) {
    url = new URL(answer.headers.location, url).href;
    answer = await browser.send(url);
  }
  return answer;
}
