// Raw clients of an attack.

import { connect as connectClear } from 'node:net';
import { connect as connectSecure } from 'node:tls';

/** A loopback address for client number `index`; `spread` is how many clients share one. */
export function addressOf(index, spread) {
  const host = Math.floor(index / spread);
  return `127.0.${1 + Math.floor(host / 250)}.${1 + (host % 250)}`;
}

/** Opens one connection. The socket has `closedAfter` (ms) once the peer has ended it, and `answer`, the first bytes that were read. */
export function open(target, { localAddress, read = true, alpn = ['http/1.1'] } = {}) {
  const options = { host: target.host, port: target.port, localAddress };
  const socket = target.tls
    ? connectSecure({ ...options, ca: target.ca, servername: 'localhost', ALPNProtocols: alpn })
    : connectClear(options);
  const begun = performance.now();
  socket.answer = '';
  socket.bytes = 0;
  const end = () => { socket.closedAfter ??= performance.now() - begun; };
  socket.on('error', end).on('close', end).on('end', end);
  if (read) {
    socket.on('data', (chunk) => {
      socket.bytes += chunk.length;
      if (socket.answer.length < 4096) socket.answer += chunk.toString('latin1');
    });
  }
  socket.ready = new Promise((resolve) => {
    socket.once(target.tls ? 'secureConnect' : 'connect', () => resolve(true));
    socket.once('error', () => resolve(false));
    socket.once('close', () => resolve(false));
  });
  return socket;
}

/** Opens many connections, 100 at a time. */
export async function openMany(target, count, options = () => ({})) {
  const sockets = [];
  while (sockets.length < count) {
    const batch = Array.from({ length: Math.min(100, count - sockets.length) }, (_, index) => open(target, options(sockets.length + index)));
    sockets.push(...batch);
    await Promise.all(batch.map((socket) => socket.ready));
  }
  return sockets;
}

export function destroyAll(sockets) {
  for (const socket of sockets) socket.destroy();
}

/** The head of a request on HTTP/1. */
export function head(target, { method = 'GET', path = '/', headers = {} } = {}) {
  const all = { Host: `${target.host}:${target.port}`, ...(target.cookie && { Cookie: target.cookie }), ...headers };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n`;
}

/** How many of the sockets the peer closed, when, and with which status. */
export function closings(sockets) {
  const closed = sockets.filter((socket) => socket.closedAfter !== undefined);
  const times = closed.map((socket) => socket.closedAfter / 1000).sort((a, b) => a - b);
  const statuses = {};
  for (const socket of sockets) {
    const status = /^HTTP\/1\.1 (\d+)/.exec(socket.answer)?.[1];
    if (status) statuses[status] = (statuses[status] ?? 0) + 1;
  }
  const when = times.length > 0 ? ` after ${times[0].toFixed(0)} to ${times.at(-1).toFixed(0)} s` : '';
  const answers = Object.entries(statuses).map(([status, count]) => `${count} × ${status}`).join(', ');
  return { closed: closed.length, text: `${closed.length} of ${sockets.length} ended by the server${when}${answers && `; answers: ${answers}`}` };
}
