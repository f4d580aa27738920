// What outlives the request that began it ends with the session: a streamed answer, a large answer that is read slowly, a WebSocket, an upload.

import { setTimeout as pause } from 'node:timers/promises';

import { Browser } from '../browser.mjs';
import { destroyAll, head, open } from '../clients.mjs';
import { eachTarget } from '../lab.mjs';
import { webSockets } from '../load.mjs';
import { startApplication } from '../processes.mjs';

export const title = 'a person signs out while a stream, a slow download, a WebSocket and an upload are under way';

const LIMIT_S = 40;

export async function run(lab) {
  const application = await startApplication('pages.mjs');
  const rows = await eachTarget(lab, { options: { upstream: application.origin } }, attack);
  await application.stop();
  return rows;
}

async function attack(target) {
  const browser = new Browser({ ca: target.ca });
  const cookie = await browser.signIn(target.origin, 'alice');
  const own = { ...target, cookie };
  const sockets = {};
  const ask = async (name, request, options) => {
    sockets[name] = open(own, options);
    await sockets[name].ready;
    sockets[name].write(head(own, request));
  };
  await ask('stream', { path: '/stream' });
  await ask('download', { path: '/large' }, { read: false });
  await ask('upload', { method: 'PUT', path: '/', headers: { 'Content-Length': 10_000_000, Origin: target.origin, 'Sec-Fetch-Site': 'same-origin' } });
  [sockets.WebSocket] = await webSockets(own, 1);
  sockets.download.on('readable', () => {});
  const timer = setInterval(() => {
    sockets.download.read(16 * 1024);
    if (sockets.upload.writable) sockets.upload.write(Buffer.alloc(1000));
  }, 100);
  await pause(1000);

  await signOut(browser, target);
  const begun = performance.now();
  const ended = {};
  while (Object.keys(ended).length < 4 && performance.now() - begun < LIMIT_S * 1000) {
    for (const [name, socket] of Object.entries(sockets)) {
      if (socket.closedAfter !== undefined) ended[name] ??= (performance.now() - begun) / 1000;
    }
    await pause(100);
  }
  clearInterval(timer);
  destroyAll(Object.values(sockets));
  const told = Object.keys(sockets).map((name) => `${name} ${ended[name] === undefined ? `open after ${LIMIT_S} s` : `ended after ${ended[name].toFixed(1)} s`}`);
  return { told: told.join('; '), held: told.every((text) => text.includes('ended')) };
}

/** Sends the form of the gateway's page for signing out. */
async function signOut(browser, target) {
  const page = await browser.send(`${target.origin}/.auth/logout`);
  const fields = [...page.body.matchAll(/<input[^>]*name="([^"]+)"[^>]*value="([^"]*)"/g)].map(([, name, value]) => [name, value]);
  const answer = await browser.send(`${target.origin}/.auth/logout`, {
    method: 'POST',
    body: new URLSearchParams(fields).toString(),
    headers: { 'content-type': 'application/x-www-form-urlencoded', origin: target.origin, 'sec-fetch-site': 'same-origin' },
  });
  const after = await browser.send(`${target.origin}/`);
  if (after.status === 200) throw new Error(`the sign-out did not work: ${answer.status} ${answer.body.slice(0, 200)}`);
}
