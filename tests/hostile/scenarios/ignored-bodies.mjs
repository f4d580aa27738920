// Bodies that an application ignores (CL.0): the body's bytes are a request with a forged identity.

import { connect } from 'node:http2';

import { exchange } from '../browser.mjs';
import { eachTarget } from '../lab.mjs';
import { startApplication } from '../processes.mjs';

export const title = 'requests whose body is GET /admin as alice, to an application that ignores bodies; then requests of bob';

export async function run(lab) {
  const rows = [];
  for (const protocol of ['HTTP/1', 'HTTP/2']) {
    const application = await startApplication('ignores_bodies.py');
    rows.push(...await eachTarget(lab, { options: { upstream: application.origin, tls: protocol === 'HTTP/2' } },
      (target) => attack(target, application, protocol)));
    await application.stop();
  }
  return rows;
}

async function attack(target, application, protocol) {
  const cookie = await target.signedIn('bob', '127.0.0.2');
  const before = await application.seen();
  let wrong = 0;
  let asked = 0;
  const statuses = {};
  for (const path of ['/', '/public/']) {
    for (const method of ['GET', 'HEAD', 'DELETE', 'OPTIONS', 'POST', 'PUT', 'PATCH']) {
      for (const framing of protocol === 'HTTP/1' ? ['length', 'chunked'] : ['length', 'no length']) {
        const status = await send(target, { protocol, path, method, framing, cookie });
        statuses[`${method} ${status}`] = (statuses[`${method} ${status}`] ?? 0) + 1;
        for (let next = 0; next < 10; next += 1) {
          const wanted = `${path}next-${asked}`;
          const answer = await exchange(target.origin + wanted, { agent: false, ca: target.ca, headers: { cookie }, timeout: 5000 }).catch(() => undefined);
          asked += 1;
          if (!answer?.body.includes(`path=${wanted}\n`) || answer.body.includes('user=alice')) wrong += 1;
        }
      }
    }
  }
  const seen = await application.seen();
  const forged = seen.forged - before.forged;
  const admin = seen.admin - before.admin;
  const answers = Object.entries(statuses).map(([what, times]) => `${times} × ${what}`).join(', ');
  return {
    told: `${protocol}: the application saw ${admin} requests for /admin, ${forged} of them as alice; ${wrong} of ${asked} next answers of bob were wrong (${answers})`,
    held: admin === 0 && wrong === 0,
  };
}

async function send(target, { protocol, path, method, framing, cookie }) {
  const body = `GET /admin HTTP/1.1\r\nHost: application\r\nX-Forwarded-User: alice\r\nX-Forged: yes\r\n\r\n`;
  const headers = { cookie, origin: target.origin, 'sec-fetch-site': 'same-origin' };
  if (protocol === 'HTTP/1') {
    const length = framing === 'length' ? { 'content-length': body.length } : { 'transfer-encoding': 'chunked' };
    return exchange(target.origin + path, { method, body, agent: false, headers: { ...headers, ...length }, timeout: 5000 })
      .then((answer) => answer.status, (error) => error.code ?? error.message);
  }
  const session = connect(target.origin, { ca: target.ca });
  return new Promise((resolve) => {
    session.on('error', () => {});
    const stream = session.request({ ':method': method, ':path': path, ...headers, ...(framing === 'length' && { 'content-length': body.length }) }, { endStream: false });
    let status;
    stream.on('response', (answer) => { status = answer[':status']; }).on('data', () => {}).on('error', () => {});
    stream.once('close', () => { session.destroy(); resolve(status ?? `code ${stream.rstCode}`); });
    stream.end(body);
  });
}
