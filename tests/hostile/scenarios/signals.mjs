// Signals other than the first SIGTERM: those that a supervisor, a log rotation or a terminal sends must not end the sessions of everybody.

import { setTimeout as pause } from 'node:timers/promises';

import { exchange } from '../browser.mjs';
import { destroyAll, head, open } from '../clients.mjs';
import { startGateway } from '../gateway.mjs';
import { startApplication } from '../processes.mjs';

export const title = 'HUP, USR1, USR2, QUIT, PIPE, WINCH leave the sessions alone; readiness under TERM; a second TERM ends it';

export async function run(lab) {
  const application = await startApplication('pages.mjs');
  const rows = [];
  for (const [label, bin] of Object.entries(lab.binaries)) {
    const begin = () => startGateway({ lab, label, bin, upstream: application.origin });
    for (const signal of ['SIGHUP', 'SIGUSR1', 'SIGUSR2', 'SIGQUIT', 'SIGPIPE', 'SIGWINCH']) {
      rows.push({ program: label, ...(await withTarget(begin, (target) => harmless(target, signal))) });
    }
    rows.push({ program: label, ...(await withTarget(begin, stopping)) });
    const delayed = () => startGateway({ lab, label, bin, upstream: application.origin, routes: '[shutdown]\ndelay = "5s"\n' });
    rows.push({ program: label, ...(await withTarget(delayed, serving).catch(unknownKey)) });
  }
  await application.stop();
  return rows;
}

async function withTarget(begin, attempt) {
  const target = await begin();
  try {
    return await attempt(target);
  } finally {
    await target.stop();
  }
}

async function harmless(target, signal) {
  for (let times = 0; times < 3; times += 1) {
    target.signal(signal);
    await pause(300);
  }
  const answer = await exchange(`${target.origin}/`, { agent: false, headers: { cookie: target.cookie } }).catch((error) => ({ status: error.code }));
  const ended = target.ending();
  // nginx takes QUIT for a stop that waits for its clients; a gateway may, too.
  const stopped = signal === 'SIGQUIT' && ended === 'exit 0';
  return {
    told: `${signal} three times: the session's page ${answer.status}${ended ? `; the process ended: ${ended}` : ''}`,
    held: stopped || (answer.status === 200 && !ended),
  };
}

/** A binary that does not know the key ends at once. */
function unknownKey(error) {
  if (!/its configuration/.test(error.message)) throw error;
  return { told: 'skipped: the binary does not know `shutdown.delay`' };
}

/** While `shutdown.delay` lasts, everything but the readiness is as before. */
async function serving(target) {
  target.signal('SIGTERM');
  const statuses = [];
  for (let second = 0; second < 4; second += 1) {
    await pause(900);
    statuses.push(await statusOf(`${target.admin}/readyz`), await statusOf(`${target.origin}/`, target.cookie), await statusOf(target.healthz));
  }
  const ending = await Promise.race([target.ended, pause(40_000, 'still running after 40 s')]);
  return {
    told: `shutdown.delay = "5s": /readyz, a page on a new connection and /healthz once a second after TERM: ${statuses.join(' ')}; then ${ending}`,
    held: statuses.join(' ') === Array(4).fill('503 200 200').join(' ') && ending === 'exit 0',
  };
}

function statusOf(url, cookie) {
  return exchange(url, { agent: false, headers: cookie ? { cookie } : {} }).then(({ status }) => status, (error) => error.code);
}

async function stopping(target) {
  const stream = open(target);
  await stream.ready;
  stream.write(head(target, { path: '/stream' }));
  await pause(500);
  target.signal('SIGTERM');
  await pause(100);
  const readiness = await statusOf(`${target.admin}/readyz`);
  const begun = performance.now();
  target.signal('SIGTERM');
  const ending = await Promise.race([target.ended, pause(60_000, 'still running after 60 s')]);
  const seconds = (performance.now() - begun) / 1000;
  destroyAll([stream]);
  return {
    told: `100 ms after TERM: /readyz ${readiness}; `
      + `after the second TERM, with an endless answer: ${ending} in ${seconds.toFixed(1)} s`,
    held: readiness === 503 && seconds < 2,
  };
}
