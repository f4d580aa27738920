// 1,000 clients send the head of a request a byte a second.

import { addressOf, closings, destroyAll, openMany } from '../clients.mjs';
import { eachTarget, measure } from '../lab.mjs';
import { startApplication } from '../processes.mjs';

export const title = '1,000 clients send a head at a byte a second for 85 s (peers: 15 s)';

export async function run(lab) {
  const application = await startApplication('pages.mjs');
  const rows = await eachTarget(lab, { peers: ['nginx', 'haproxy'], options: { upstream: application.origin } },
    (target) => measure(target, { seconds: 85, begin: () => attack(target) }));
  await application.stop();
  return rows;
}

async function attack(target) {
  const sockets = await openMany(target, 1000, (index) => ({ localAddress: addressOf(index, 10) }));
  const text = `GET / HTTP/1.1\r\nHost: ${target.host}:${target.port}\r\nX-Slow: ${'a'.repeat(100)}`;
  let sent = 0;
  const timer = setInterval(() => {
    for (const socket of sockets) if (socket.writable) socket.write(text[sent]);
    sent += 1;
  }, 1000);
  return {
    async end() {
      clearInterval(timer);
      const { closed, text: told } = closings(sockets);
      destroyAll(sockets);
      return { told, held: target.isPeer || closed === sockets.length };
    },
  };
}
