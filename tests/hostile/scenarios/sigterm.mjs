// SIGTERM under load, ten times: 50 kept connections, HTTP/2, sign-ins, uploads and WebSockets under way.

import { setTimeout as pause } from 'node:timers/promises';

import { destroyAll, head, open } from '../clients.mjs';
import { startGateway } from '../gateway.mjs';
import { startApplication } from '../processes.mjs';
import { startPeer } from '../peers.mjs';
import { http1Load, http2Load, signInLoad, uploadLoad, webSockets } from '../load.mjs';

export const title = 'SIGTERM ten times under 50 kept connections, 10 × 5 streams of HTTP/2, 5 sign-ins, 5 uploads of 1 MB and 5 WebSockets; '
  + 'in one stop also an endless answer';

const STOPS = 10;

export async function run(lab) {
  const rows = [];
  for (const [label, bin] of Object.entries(lab.binaries)) {
    for (const tls of [false, true]) {
      rows.push(await stops(label, (application) => startGateway({ lab, label, bin, tls, upstream: application.origin }), 'SIGTERM'));
    }
  }
  rows.push(await stops('haproxy (SIGUSR1)', (application) => startPeer({ lab, name: 'haproxy', upstream: application.origin }), 'SIGUSR1'));
  return rows;
}

async function stops(program, begin, signal) {
  const counts = {};
  const times = [];
  let tls;
  for (let stop = 0; stop < STOPS; stop += 1) {
    const application = await startApplication('pages.mjs');
    const target = await begin(application);
    tls = target.tls;
    times.push(await oneStop(target, signal, { counts, endless: stop === 0 && !target.isPeer }));
    await target.stop();
    await application.stop();
  }
  const lost = Object.values(counts).reduce((sum, { lost: some }) => sum + some, 0);
  const parts = Object.entries(counts).map(([kind, { done, lost: some, why }]) => {
    const reasons = Object.entries(why).map(([reason, times]) => `${times} × ${reason}`).join(', ');
    return `${kind}: ${some} lost of ${done + some}${reasons && ` (${reasons})`}`;
  });
  return {
    program,
    told: `${tls ? 'TLS' : 'clear'}: ${lost} lost in ${STOPS} stops; ${parts.join('; ')}; `
      + `exit after ${Math.min(...times).toFixed(1)} to ${Math.max(...times).toFixed(1)} s`,
    held: lost === 0 && Math.max(...times) < 30,
  };
}

async function oneStop(target, signal, { counts, endless }) {
  const loads = [http1Load(target, 50)];
  if (target.tls) loads.push(http2Load(target, 10, 5));
  if (!target.isPeer) loads.push(signInLoad(target, 5), uploadLoad(target, 5));
  const sockets = await webSockets(target, target.isPeer ? 0 : 5);
  // In one of the stops an answer is under way that has no end: it must not delay the exit for longer than a supervisor waits.
  const streams = endless ? [open(target)] : [];
  for (const stream of streams) {
    await stream.ready;
    stream.write(head(target, { path: '/stream' }));
  }
  await pause(1500);
  const begun = performance.now();
  target.signal(signal);
  await Promise.race([target.ended, pause(60_000)]);
  const seconds = (performance.now() - begun) / 1000;
  await pause(200);
  for (const load of loads) add(counts, await load.stop());
  // A WebSocket is ended well when its last bytes are a close frame (RFC 6455 §5.5.1).
  const closed = sockets.filter((socket) => socket.sawClose).length;
  add(counts, { kind: 'WebSockets', done: closed, lost: sockets.length - closed, why: {} });
  destroyAll([...sockets, ...streams]);
  return seconds;
}

function add(counts, { kind, done, lost, why }) {
  counts[kind] ??= { done: 0, lost: 0, why: {} };
  counts[kind].done += done;
  counts[kind].lost += lost;
  for (const [reason, times] of Object.entries(why)) counts[kind].why[reason] = (counts[kind].why[reason] ?? 0) + times;
}
