// 1,200 idle clients before a process that may have 1,024 descriptors.

import { eachTarget, measure } from '../lab.mjs';
import { startApplication } from '../processes.mjs';
import { attack } from './idle-connections.mjs';

export const title = '1,024 descriptors and 1,200 idle clients from 60 addresses for 20 s, with /healthz';

export async function run(lab) {
  const application = await startApplication('pages.mjs');
  const options = { upstream: application.origin, wrap: (words) => ['prlimit', '--nofile=1024:1024', ...words] };
  const rows = await eachTarget(lab, { options }, (target) => measure(target, { seconds: 20, begin: () => attack(target, 1200) }));
  await application.stop();
  return rows;
}
