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
    rows.push({ program: label, ...(await withTarget(begin, (target) => stopping(target))) });
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

async function stopping(target) {
  const stream = open(target);
  await stream.ready;
  stream.write(head(target, { path: '/stream' }));
  await pause(500);
  target.signal('SIGTERM');
  await pause(100);
  const readiness = await exchange(`${target.admin}/readyz`, { agent: false }).then(({ status }) => status, (error) => error.code);
  const page = await exchange(`${target.origin}/`, { agent: false, headers: { cookie: target.cookie } }).then(({ status }) => status, (error) => error.code);
  const begun = performance.now();
  target.signal('SIGTERM');
  const ending = await Promise.race([target.ended, pause(60_000, 'still running after 60 s')]);
  const seconds = (performance.now() - begun) / 1000;
  destroyAll([stream]);
  return {
    told: `100 ms after TERM: /readyz ${readiness}, a page on a new connection ${page}; `
      + `after the second TERM, with an endless answer: ${ending} in ${seconds.toFixed(1)} s`,
    held: readiness === 503 && page === 200 && seconds < 2,
  };
}
