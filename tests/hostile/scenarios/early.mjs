// Answers that come before a body of 5 MB is read, through nginx and directly.

import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { exchange } from '../browser.mjs';
import { eachTarget } from '../lab.mjs';
import { freePort } from '../../real/ports.mjs';
import { startApplication } from '../processes.mjs';
import { startPeer } from '../peers.mjs';
import { describe, many } from './unread-logs.mjs';

export const title = 'a POST of 5 MB that is answered early, 50 times each: without a session, forbidden, application down, the application\'s own 413';

const BODY = Buffer.alloc(5 * 1024 * 1024, 'b');

export async function run(lab) {
  const application = await startApplication('pages.mjs');
  const down = await freePort();
  const routes = `
[[route]]
path = "/forbidden"
upstream = "${application.origin}"
allow = { groups = ["nobody"] }

[[route]]
path = "/down"
upstream = "http://127.0.0.1:${down}"
`;
  const rows = [];
  const add = (program, way, told, held) => rows.push({ program, told: `${way}: ${told}`, held });
  await eachTarget(lab, { options: { upstream: application.origin, routes } }, async (target) => {
    for (const buffering of ['on', 'off']) {
      const lines = `proxy_request_buffering ${buffering}; proxy_set_header Host ${target.host}:${target.port};`;
      const front = await startPeer({ lab, name: 'nginx', upstream: target.origin, lines });
      for (const [name, wanted, path, signedIn] of CASES) {
        const results = await many(50, () => post(front, target, path, signedIn), 4);
        add(target.program, `nginx, proxy_request_buffering ${buffering}, ${name}`, describe(results), results.every(({ status }) => wanted.includes(status)));
      }
      await front.stop();
    }
    for (const [name, wanted, path, signedIn] of CASES) {
      const results = await many(50, () => curl(lab, target, path, signedIn), 4);
      add(target.program, `curl, ${name}`, describe(results), results.every(({ status }) => wanted.includes(status)));
    }
    return {};
  });
  await application.stop();
  return rows;
}

// What, the statuses that are right, the path, whether with a session.
const CASES = [
  ['no session', [401], '/save', false],
  ['forbidden', [403], '/forbidden/save', true],
  ['application down', [502, 503, 504], '/down/save', true],
  ['the application\'s 413', [413], '/early', true],
];

function headersOf(target, signedIn) {
  return { 'content-type': 'application/octet-stream', origin: target.origin, 'sec-fetch-site': 'same-origin', ...(signedIn && { cookie: target.cookie }) };
}

async function post(front, target, path, signedIn) {
  const answer = await exchange(front.origin + path, {
    method: 'POST', body: BODY, agent: false, headers: { ...headersOf(target, signedIn), 'content-length': BODY.length },
  });
  // nginx's own pages name it.
  return /<center>nginx/.test(answer.body) ? { failed: `nginx's own ${answer.status}` } : answer;
}

async function curl(lab, target, path, signedIn) {
  const file = join(lab.folder, 'five-megabytes');
  writeFileSync(file, BODY);
  const words = Object.entries({ ...headersOf(target, signedIn), expect: '' }).flatMap(([name, value]) => ['-H', `${name}: ${value}`]);
  const { stdout } = await promisify(execFile)('curl', [
    '-s', '-o', '/dev/null', '-w', '%{http_code} %{errormsg}', '--max-time', '20', ...words, '--data-binary', `@${file}`, target.origin + path,
  ]).catch((error) => ({ stdout: `0 curl ${error.code}` }));
  const [, status, failed] = /^(\d+) ?(.*)$/.exec(stdout);
  return failed ? { failed } : { status: Number(status) };
}
