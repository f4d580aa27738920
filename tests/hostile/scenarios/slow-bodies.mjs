// Uploads that trickle or stop, before an application with eight threads that reads a whole body before it answers.

import { addressOf, closings, destroyAll, head, openMany } from '../clients.mjs';
import { eachTarget, measure } from '../lab.mjs';
import { startApplication } from '../processes.mjs';

export const title = 'eight uploads that send a byte every 2 s, then eight that stop, to an application with eight threads';

export async function run(lab) {
  const rows = [];
  for (const kind of ['trickle', 'stop']) {
    const application = await startApplication('eight_threads.py');
    const some = await eachTarget(lab, { peers: ['nginx', 'haproxy'], options: { upstream: application.origin } },
      (target) => measure(target, { seconds: 45, begin: () => attack(target, kind) }));
    rows.push(...some.map((row) => ({ ...row, told: `${kind}: ${row.told}` })));
    await application.stop();
  }
  return rows;
}

async function attack(target, kind) {
  const sockets = await openMany(target, 8, (index) => ({ localAddress: addressOf(index, 1) }));
  const headers = { 'Content-Length': 1000, Origin: target.origin, 'Sec-Fetch-Site': 'same-origin' };
  for (const socket of sockets) socket.write(head(target, { method: 'POST', path: '/', headers }));
  const timer = setInterval(() => {
    for (const socket of sockets) if (kind === 'trickle' && socket.writable) socket.write('a');
  }, 2000);
  return {
    async end() {
      clearInterval(timer);
      const { text: told } = closings(sockets);
      destroyAll(sockets);
      return { told, held: true };
    },
  };
}
