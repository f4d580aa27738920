// Malformed requests: how many requests the application saw for each, and which status came.

import { setTimeout as pause } from 'node:timers/promises';

import { open } from '../clients.mjs';
import { eachTarget } from '../lab.mjs';
import { malformedCases } from '../malformed_cases.mjs';
import { startApplication } from '../processes.mjs';

export const title = 'malformed requests: none may reach the application twice, and what differs between two binaries is listed';

export async function run(lab) {
  const answers = {};
  const rows = [];
  for (const label of Object.keys(lab.binaries)) {
    const application = await startApplication('counts_cases.mjs');
    const only = { ...lab, binaries: { [label]: lab.binaries[label] } };
    rows.push(...await eachTarget(only, { options: { upstream: application.origin } }, async (target) => {
      answers[label] = await attack(target, application);
      return { ...verdict(answers[label], answers.before), answers: answers[label] };
    }));
    await application.stop();
  }
  return rows;
}

async function attack(target, application) {
  const cases = malformedCases();
  const results = [];
  let next = 0;
  const one = async () => {
    while (next < cases.length) {
      const id = next;
      next += 1;
      const [name, bytes] = cases[id];
      results[id] = { name, answer: await send(target, bytes.replaceAll('ID', String(id)).replaceAll('HOST', `${target.host}:${target.port}`)) };
    }
  };
  await Promise.all(Array.from({ length: 30 }, one));
  const seen = await application.seen();
  results.forEach((result, id) => {
    const of = (kind) => seen.filter((line) => new RegExp(`${kind}-${id}(?!\\d)`).test(line)).length;
    Object.assign(result, { forwarded: of('case'), smuggled: of('smuggled') });
  });
  return results;
}

/** Sends the bytes and returns the statuses of all answers, `closed` or `silent`. */
async function send(target, bytes) {
  const socket = open(target);
  if (!(await socket.ready)) return 'no connection';
  socket.write(Buffer.from(bytes, 'latin1'));
  await Promise.race([pause(2000), new Promise((resolve) => { socket.once('close', resolve); })]);
  const statuses = [...socket.answer.matchAll(/HTTP\/1\.[01] (\d{3})/g)].map(([, status]) => status);
  const ended = socket.closedAfter !== undefined;
  socket.destroy();
  return statuses.join(' ') || (ended ? 'closed' : 'silent');
}

function verdict(results, before) {
  const twice = results.filter(({ name, forwarded, smuggled }) => forwarded + smuggled > 1 && !ALLOWED.has(name));
  const smuggled = results.filter((result) => result.smuggled > 0 && !ALLOWED.has(result.name));
  const forwarded = results.filter((result) => result.forwarded === 1).length;
  const counts = {};
  for (const { answer } of results) counts[answer] = (counts[answer] ?? 0) + 1;
  const list = (some, say) => (some.length > 0 ? ` (${some.map(say).join('; ')})` : '');
  const name = (result) => result.name;
  const answers = Object.entries(counts).map(([answer, times]) => `${times} × ${answer}`).join(', ');
  const differ = before ? `; ${compared(results, before)}` : '';
  return {
    told: `${results.length} requests: ${forwarded} forwarded once, ${twice.length} more than once${list(twice, name)}, `
      + `${smuggled.length} with a request that must not be one${list(smuggled, name)}; answers: ${answers}${differ}`,
    held: twice.length === 0 && smuggled.length === 0,
  };
}

/** What differs between two runs, each case with its answers and how often it was forwarded. */
function compared(results, before) {
  const say = ({ answer, forwarded }) => `${answer}, forwarded ${forwarded}`;
  const changed = results.flatMap((result, id) => (say(result) === say(before[id]) ? [] : [`${result.name}: ${say(before[id])} → ${say(result)}`]));
  return `${changed.length} differ from before${changed.length > 0 ? ` (${changed.join('; ')})` : ''}`;
}

// Here the second request is one: what stands before it is complete by its own framing. (RFC 9112 §2.2: a recipient may take a single LF as
// the end of a line. A name with an underscore is another name.)
const ALLOWED = new Set([
  'length: leading zeros', 'length: tab', 'ends: head ends with LF LF', 'length: underscore in the name', 'coding: underscore in the name',
]);
