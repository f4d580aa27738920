// One stranger fills the store of preserved forms; then another person's form must be preserved.

import { Browser } from '../browser.mjs';
import { eachTarget, measure } from '../lab.mjs';
import { startApplication } from '../processes.mjs';
import { describe, many } from './unread-logs.mjs';

export const title = 'one stranger posts 2,500 small forms, then 1,100 of 60 KB, without a session; then another person posts one';

export async function run(lab) {
  const rows = [];
  for (const [label, times, size] of [['2,500 × 200 bytes', 2500, 200], ['1,100 × 60 KB', 1100, 60 * 1024]]) {
    const application = await startApplication('pages.mjs');
    const some = await eachTarget(lab, { options: { upstream: application.origin } },
      (target) => measure(target, { seconds: 1, begin: () => attack(target, times, size) }));
    rows.push(...some.map((row) => ({ ...row, told: `${label}: ${row.told}` })));
    await application.stop();
  }
  return rows;
}

async function attack(target, times, size) {
  const flood = await many(times, () => post(target, new Browser({ ca: target.ca, address: '127.0.9.9' }), size));
  return {
    async end() {
      const kept = flood.filter(isPreserved).length;
      const others = await many(20, (index) => post(target, new Browser({ ca: target.ca, address: `127.0.6.${index + 1}` }), 500), 1);
      const preserved = others.filter(isPreserved).length;
      return {
        told: `${kept} forms of the stranger preserved (answers: ${describe(flood)}); of 20 other people's forms ${preserved} preserved`,
        held: preserved === 20,
      };
    },
  };
}

function post(target, browser, size) {
  return browser.send(`${target.origin}/save`, {
    method: 'POST',
    body: `text=${'a'.repeat(size - 5)}`,
    headers: { 'content-type': 'application/x-www-form-urlencoded', origin: target.origin, referer: `${target.origin}/`, 'sec-fetch-site': 'same-origin' },
  });
}

function isPreserved(answer) {
  return (answer.headers?.['set-cookie'] ?? []).some((line) => /-kept-[^=]+=[^;]/.test(line) && !/max-age=0\b/i.test(line));
}
