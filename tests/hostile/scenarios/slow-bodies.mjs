// Uploads that trickle or stop, before an application with eight threads that reads a whole body before it answers.

import { addressOf, closings, destroyAll, head, openMany } from '../clients.mjs';
import { eachTarget, measure } from '../lab.mjs';
import { startApplication } from '../processes.mjs';

export const title = 'eight uploads that send a byte every 2 s, then eight that stop, for 75 s (peers: 15 s), to an application with eight threads';

export async function run(lab) {
  const rows = [];
  for (const kind of ['trickle', 'stop']) {
    for (const buffered of [false, true]) {
      const application = await startApplication('eight_threads.py');
      // A route that reads bodies first keeps the application free; the others end slow bodies after a time.
      const measured = (target) => measure(target, {
        seconds: 75, path: buffered ? '/buffered' : '/', patient: !buffered && !target.isPeer, begin: () => attack(target, kind, buffered ? '/buffered' : '/'),
      });
      const options = { upstream: application.origin, routes: buffered ? bufferedRoute(application) : '' };
      const peers = buffered ? [] : ['nginx', 'haproxy'];
      const some = await eachTarget(lab, { peers, options }, measured).catch((error) => {
        if (!buffered || !/its configuration/.test(error.message)) throw error;
        return [{ program: 'all', told: 'skipped: a binary does not know `request_body`' }];
      });
      rows.push(...some.map((row) => ({ ...row, told: `${kind}${buffered ? ', request_body = "buffer"' : ''}: ${row.told}` })));
      await application.stop();
    }
  }
  return rows;
}

function bufferedRoute(application) {
  return `
[[route]]
path = "/buffered"
upstream = "${application.origin}"
request_body = "buffer"
keep_fragment = false
`;
}

async function attack(target, kind, path) {
  const sockets = await openMany(target, 8, (index) => ({ localAddress: addressOf(index, 1) }));
  const headers = { 'Content-Length': 1000, Origin: target.origin, 'Sec-Fetch-Site': 'same-origin' };
  for (const socket of sockets) socket.write(head(target, { method: 'POST', path, headers }));
  const timer = setInterval(() => {
    for (const socket of sockets) if (kind === 'trickle' && socket.writable) socket.write('a');
  }, 2000);
  return {
    async end() {
      clearInterval(timer);
      const { closed, text: told } = closings(sockets);
      destroyAll(sockets);
      return { told, held: target.isPeer || closed === sockets.length };
    },
  };
}
