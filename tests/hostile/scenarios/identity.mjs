// Connections that carry an identity: alice signs in the connection with NTLM or Negotiate, bob or a stranger sends plain GETs through the same gateway.

import { connect } from 'node:http2';
import { Agent as ClearAgent } from 'node:http';
import { Agent as SecureAgent } from 'node:https';

import { exchange } from '../browser.mjs';
import { eachTarget } from '../lab.mjs';
import { startApplication } from '../processes.mjs';

export const title = 'NTLM and Negotiate: 200 requests of bob, or of a stranger, after and between the legs of alice';

export async function run(lab) {
  const application = await startApplication('connection_identity.mjs');
  const rows = await eachTarget(lab, { options: { upstream: application.origin, tls: true } }, attack);
  await application.stop();
  return rows;
}

async function attack(target) {
  const told = [];
  let wrong = 0;
  // Windows authentication exists on HTTP/1 only; there it must still work.
  let broken = 0;
  for (const protocol of ['HTTP/1', 'HTTP/2', 'one connection for both']) {
    for (const [path, who] of [['/', 'bob'], ['/public/', 'bob'], ['/public/', 'stranger']]) {
      for (const interleaved of [false, true]) {
        const scheme = interleaved ? 'Negotiate' : 'NTLM';
        const result = await together(target, { protocol, path, interleaved, scheme, alice: target.watched, other: OTHERS[who](target) });
        wrong += result.wrong;
        if (protocol === 'HTTP/1') broken += 20 - result.completed;
        told.push(`${protocol} ${path} ${who} ${scheme}${interleaved ? ' interleaved' : ''}: ${result.wrong} of ${result.asked} as alice`
          + `${result.failed ? `, ${result.failed} failed` : ''} (${result.completed} of 20 sign-ins by alice)`);
      }
    }
  }
  return { told: told.join('; '), held: wrong === 0 && broken === 0 };
}

// Who sends the plain requests: bob with his session, or somebody without one.
const OTHERS = { bob: (target) => target.cookie, stranger: () => undefined };

/** 20 sign-ins of the connection by alice, each with ten requests of another. */
async function together(target, { protocol, path, interleaved, scheme, alice: hers, other }) {
  const result = { asked: 0, wrong: 0, completed: 0, failed: 0 };
  for (let round = 0; round < 20; round += 1) {
    const alice = client(target, protocol, hers);
    const bob = protocol === 'one connection for both' ? alice.as(other) : client(target, protocol, other);
    const plain = async (count) => {
      for (let index = 0; index < count; index += 1) {
        const answer = await bob.ask(path, {}).catch(() => undefined);
        result.asked += 1;
        if (!answer) result.failed += 1;
        else if (answer.body.includes('windows=alice')) result.wrong += 1;
      }
    };
    const leg = (text) => alice.ask(path, { authorization: `${scheme} ${Buffer.from(text).toString('base64')}` }).catch(() => ({ body: '' }));
    await leg('leg 1');
    if (interleaved) await plain(4);
    const last = await leg('leg 3 alice');
    if (last.body.includes('windows=alice')) result.completed += 1;
    await plain(interleaved ? 6 : 10);
    bob.close();
    alice.close();
  }
  return result;
}

/** A client with one kept connection. */
function client(target, protocol, cookie) {
  const at = (path) => target.origin + path;
  if (protocol !== 'HTTP/2') {
    const agent = new (target.tls ? SecureAgent : ClearAgent)({ keepAlive: true, maxSockets: 1 });
    const as = (who) => ({
      ask: (path, headers) => exchange(at(path), { agent, ca: target.ca, headers: { ...headers, ...(who && { cookie: who }) }, timeout: 5000 }),
      close: () => agent.destroy(),
      as,
    });
    return as(cookie);
  }
  const session = connect(target.origin, { ca: target.ca });
  session.on('error', () => {});
  return {
    ask: (path, headers) => new Promise((resolve, reject) => {
      const stream = session.request({ ':path': path, ...headers, ...(cookie && { cookie }) });
      let body = '';
      stream.on('data', (chunk) => { body += chunk; }).once('end', () => resolve({ body })).once('error', reject);
    }),
    close: () => session.destroy(),
  };
}
