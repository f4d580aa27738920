// 5,000 connections without a byte.

import { addressOf, closings, destroyAll, openMany } from '../clients.mjs';
import { eachTarget, measure } from '../lab.mjs';
import { startApplication } from '../processes.mjs';

export const title = '5,000 idle connections for 20 s: from 250 addresses, then from one';

export async function run(lab) {
  const application = await startApplication('pages.mjs');
  const rows = [];
  for (const spread of [20, 5000]) {
    const some = await eachTarget(lab, { peers: spread === 20 ? ['nginx', 'haproxy'] : [], options: { upstream: application.origin } },
      (target) => measure(target, { seconds: 20, begin: () => attack(target, 5000, spread) }));
    rows.push(...some.map((row) => ({ ...row, told: `${5000 / spread} addresses: ${row.told}` })));
  }
  await application.stop();
  return rows;
}

/** Opens idle connections, `spread` from each address. */
export async function attack(target, count, spread = 20) {
  const sockets = await openMany(target, count, (index) => ({ localAddress: addressOf(index, spread) }));
  return {
    async end() {
      const { text: told } = closings(sockets);
      destroyAll(sockets);
      return { told, held: true };
    },
  };
}
