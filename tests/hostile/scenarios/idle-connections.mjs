// 5,000 connections without a byte.

import { addressOf, closings, destroyAll, openMany } from '../clients.mjs';
import { eachTarget, measure } from '../lab.mjs';
import { startApplication } from '../processes.mjs';

export const title = '5,000 idle connections from 250 addresses for 20 s';

export async function run(lab) {
  const application = await startApplication('pages.mjs');
  const rows = await eachTarget(lab, { peers: ['nginx', 'haproxy'], options: { upstream: application.origin } },
    (target) => measure(target, { seconds: 20, begin: () => attack(target, 5000) }));
  await application.stop();
  return rows;
}

/** Opens idle connections. */
export async function attack(target, count) {
  const sockets = await openMany(target, count, (index) => ({ localAddress: addressOf(index, 20) }));
  return {
    async end() {
      const { text: told } = closings(sockets);
      destroyAll(sockets);
      return { told, held: true };
    },
  };
}
