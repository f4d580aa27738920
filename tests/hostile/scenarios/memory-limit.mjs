// The zero-window attacks on a gateway that may use 128 MiB of memory.

import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';

import { eachTarget, measure } from '../lab.mjs';
import { startApplication } from '../processes.mjs';
import { http1, http2 } from './zero-window.mjs';

export const title = 'zero windows of one signed-in client, with 128 MiB of memory (control group)';

export async function run(lab) {
  const group = memoryGroup();
  if (!group) return [{ program: 'all', told: 'skipped: no writable memory control group here (run as root)', held: undefined }];
  const rows = [];
  for (const [label, tls, attack] of [['HTTP/1', false, http1], ['HTTP/2', true, http2]]) {
    const application = await startApplication('pages.mjs');
    const wrap = (words) => ['sh', '-c', 'echo $$ > "$0" && exec "$@"', `${group.path}/cgroup.procs`, ...words];
    const some = await eachTarget(lab, { options: { upstream: application.origin, tls, wrap } },
      (target) => measure(target, { seconds: 85, begin: (memory) => attack(target, application, memory) }));
    rows.push(...some.map((row) => ({ ...row, told: `${label}: ${row.told}` })));
    await application.stop();
  }
  group.remove();
  return rows;
}

/** A control group with a limit of 128 MiB, of version 1 or 2. */
function memoryGroup() {
  const root = existsSync('/sys/fs/cgroup/cgroup.controllers') ? '/sys/fs/cgroup' : '/sys/fs/cgroup/memory';
  const path = `${root}/vestibule-hostile-${process.pid}`;
  try {
    mkdirSync(path);
    const two = existsSync(`${path}/memory.max`);
    writeFileSync(`${path}/${two ? 'memory.max' : 'memory.limit_in_bytes'}`, String(128 * 1024 * 1024));
    readFileSync(`${path}/cgroup.procs`);
    return { path, remove: () => rmdirSync(path) };
  } catch {
    return undefined;
  }
}
