// The part of the scenario vanished-upstream that runs inside a network namespace: it makes a second one for the application, linked by a
// veth pair. The addresses are of TEST-NET-1 (RFC 5737) and exist in these namespaces only.

import { execFileSync } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';

import { destroyAll, head, open } from './clients.mjs';
import { eachTarget, openLab } from './lab.mjs';
import { webSockets } from './load.mjs';
import { firstLine, start } from './processes.mjs';
import { fileURLToPath } from 'node:url';

const HERE = '192.0.2.1';
const THERE = '192.0.2.2';
const LIMIT_S = 150;

const ip = (...words) => execFileSync('ip', words);
const lab = openLab(JSON.parse(process.argv[2]));
ip('link', 'set', 'lo', 'up');
const rows = [];
for (const [label, bin] of Object.entries(lab.binaries)) {
  // The process that lives in the application's namespace is also its name.
  const file = fileURLToPath(new URL('applications/pages.mjs', import.meta.url));
  const application = start('unshare', ['--net', 'sh', '-c', 'echo ready; read line; exec node "$0" "$@"', file, THERE], { stdio: ['pipe', 'pipe', 'inherit'] });
  await firstLine(application.child.stdout);
  const { pid } = application.child;
  ip('link', 'add', 'here', 'type', 'veth', 'peer', 'name', 'there', 'netns', String(pid));
  ip('addr', 'add', `${HERE}/24`, 'dev', 'here');
  ip('link', 'set', 'here', 'up');
  const inside = (...words) => execFileSync('nsenter', ['--target', String(pid), '--net', 'ip', ...words]);
  inside('addr', 'add', `${THERE}/24`, 'dev', 'there');
  inside('link', 'set', 'there', 'up');
  inside('link', 'set', 'lo', 'up');
  application.child.stdin.write('go\n');
  const { port } = JSON.parse(await firstLine(application.child.stdout));
  const options = { upstream: `http://${THERE}:${port}` };
  rows.push(...await eachTarget({ ...lab, binaries: { [label]: bin } }, { options }, (target) => attack({ ...target, inside })));
  await application.stop();
  execFileSync('sh', ['-c', 'ip link del here 2>/dev/null || true']);
}
lab.close();
process.stdout.write(`${JSON.stringify(rows)}\n`);
process.exit(0);

async function attack(target) {
  const stream = open(target);
  await stream.ready;
  stream.write(head(target, { path: '/stream' }));
  const [socket] = await webSockets(target, 1);
  await pause(1000);
  const ended = {};
  const begun = performance.now();
  const note = (what) => () => { ended[what] ??= Math.round((performance.now() - begun) / 100) / 10; };
  // The far end of the link goes down: the gateway's packets are dropped, and nobody answers.
  target.inside('link', 'set', 'there', 'down');
  stream.once('close', note('stream')).once('end', note('stream'));
  socket.once('close', note('WebSocket')).once('end', note('WebSocket'));
  const late = open(target);
  await late.ready;
  late.write(head(target, { path: '/' }));
  late.once('data', note('request'));
  while (Object.keys(ended).length < 3 && performance.now() - begun < LIMIT_S * 1000) await pause(100);
  destroyAll([stream, socket, late]);
  const say = (what) => `${what} ${ended[what] === undefined ? `still open after ${LIMIT_S} s` : `ended after ${ended[what]} s`}`;
  return {
    told: `${say('stream')}; ${say('WebSocket')}; ${say('request')} with ${/^HTTP\/1\.1 (\d+)/.exec(late.answer)?.[1] ?? 'no answer'}`,
    held: Object.keys(ended).length === 3,
  };
}
