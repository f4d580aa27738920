// 200 clients read an answer of 20 MB at 16 KB a second, over plain HTTP and over TLS.

import { addressOf, closings, destroyAll, head, openMany } from '../clients.mjs';
import { eachTarget, measure } from '../lab.mjs';
import { startApplication } from '../processes.mjs';

export const title = '200 signed-in clients read 20 MB at 16 KB a second for 30 s';

export async function run(lab) {
  const rows = [];
  for (const tls of [false, true]) {
    const application = await startApplication('pages.mjs');
    const some = await eachTarget(lab, { peers: ['nginx', 'haproxy'], options: { upstream: application.origin, tls } },
      (target) => measure(target, { seconds: 30, begin: (memory) => attack(target, application, memory) }));
    rows.push(...some.map((row) => ({ ...row, told: `${tls ? 'TLS' : 'clear'}: ${row.told}` })));
    await application.stop();
  }
  return rows;
}

async function attack(target, application, memory) {
  const before = memory.peakSoFar();
  const sockets = await openMany(target, 200, (index) => ({ localAddress: addressOf(index, 10), read: false }));
  for (const socket of sockets) {
    socket.on('readable', () => {});
    socket.write(head(target, { path: '/large' }));
  }
  const timer = setInterval(() => { for (const socket of sockets) socket.read(16 * 1024); }, 1000);
  return {
    async end() {
      clearInterval(timer);
      const each = Math.round((memory.peakSoFar() - before) * 1024 / sockets.length);
      const { open } = await application.seen();
      const told = `${closings(sockets).text}; ${each} KB per reader; ${open} connections at the application`;
      destroyAll(sockets);
      return { told, held: each <= 300 };
    },
  };
}
