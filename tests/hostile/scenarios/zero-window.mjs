// One signed-in client asks for 20 MB again and again and reads nothing: 150 connections of HTTP/1, or 2 × 100 streams of HTTP/2.

import { connect } from 'node:http2';

import { destroyAll, head, openMany } from '../clients.mjs';
import { eachTarget, measure } from '../lab.mjs';
import { startApplication } from '../processes.mjs';

export const title = 'one signed-in client asks for 20 MB and never reads: 150 × HTTP/1, then 2 × 100 streams with a window of 0';

export async function run(lab) {
  const rows = [];
  for (const [label, tls, attack] of [['HTTP/1', false, http1], ['HTTP/2', true, http2]]) {
    const application = await startApplication('pages.mjs');
    const some = await eachTarget(lab, { peers: ['nginx', 'haproxy'], options: { upstream: application.origin, tls } },
      (target) => measure(target, { seconds: 85, begin: (memory) => attack(target, application, memory) }));
    rows.push(...some.map((row) => ({ ...row, told: `${label}: ${row.told}` })));
    await application.stop();
  }
  return rows;
}

/** Opens the connections of HTTP/1. */
export async function http1(target, application, memory) {
  const before = memory.peakSoFar();
  const sockets = await openMany(target, 150, () => ({ localAddress: ATTACKER, read: false }));
  for (const socket of sockets) {
    socket.pause();
    socket.write(head(target, { path: '/large' }));
  }
  return {
    async end() {
      const { open, most } = await application.seen();
      const each = Math.round((memory.peakSoFar() - before) * 1024 / sockets.length);
      const told = `${each} KB per reader; connections at the application ${most} at most, ${open} at the end`;
      destroyAll(sockets);
      return { told, held: each <= 300 && open < FREE };
    },
  };
}

/** Opens the streams of HTTP/2. */
export async function http2(target, application, memory) {
  const before = memory.peakSoFar();
  const sessions = [0, 1].map(() => connect(target.origin, { ca: target.ca, settings: { initialWindowSize: 0 }, localAddress: ATTACKER }));
  const heads = { answered: 0, refused: 0, ended: 0 };
  await Promise.all(sessions.map((session) => {
    session.on('error', () => {});
    return new Promise((resolve) => { session.once('remoteSettings', resolve).once('close', resolve); });
  }));
  for (const session of sessions) {
    for (let stream = 0; stream < 100; stream += 1) {
      const request = session.request({ ':path': '/large', ...(target.cookie && { cookie: target.cookie }) });
      request.on('response', (headers) => { heads[headers[':status'] === 200 ? 'answered' : 'refused'] += 1; });
      request.on('error', () => {});
      request.on('close', () => { heads.ended += 1; });
      request.pause();
    }
  }
  return {
    async end() {
      const { open, most } = await application.seen();
      const each = Math.round((memory.peakSoFar() - before) * 1024 / 200);
      const told = `${heads.answered} heads with 200, ${heads.refused} with another status, ${heads.ended} streams ended by the server; `
        + `${each} KB per stream; connections at the application ${most} at most, ${open} at the end`;
      for (const session of sessions) session.destroy();
      return { told, held: each <= 300 && open < FREE };
    },
  };
}

// At the end only the watcher and idle connections are left at the application.
const FREE = 50;
const ATTACKER = '127.0.9.9';
