// The gateway under attack: its provider, its configuration and its process.

import { mkdirSync, writeFileSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';

import { eventually } from '../real/eventually.mjs';
import { freePort } from '../real/ports.mjs';
import { CLIENTS, startProvider } from '../real/provider.mjs';
import { Browser, exchange } from './browser.mjs';
import { family, start } from './processes.mjs';

/**
 * Starts a provider and a gateway before `upstream`. `watched` is a session of alice, whom the watcher speaks for; `cookie` one of bob, whom the
 * attackers use, so that a limit for one person does not hide what an attack does to others.
 *
 * `tls`: whether the listener speaks TLS. `routes`: further TOML. `provider`: TOML lines of the provider, or a function of its
 * issuer that returns them. `client`: what the provider's client has besides. `wrap`: turns the command line into that of a
 * program which starts it. `stdio`: as in `spawn`; by default its output is thrown away. `upstream`: an origin.
 */
export async function startGateway({
  bin, label, lab, upstream, tls = false, host = '127.0.0.1', routes = '', provider = '', wrap = (words) => words, stdio = 'ignore', signIn = true,
}) {
  const { authority } = lab;
  const [port, admin] = [await freePort(), await freePort()];
  const origin = `${tls ? 'https' : 'http'}://${host}:${port}`;
  const identityProvider = await startProvider({ ...authority, gateway: origin });
  const folder = join(lab.folder, `gateway-${port}`);
  mkdirSync(folder, { recursive: true });
  const file = join(folder, 'vestibule.toml');
  const further = typeof provider === 'function' ? await provider(identityProvider) : provider;
  writeFileSync(file, configuration({
    origin, host, port, admin, authority, tls, upstream, routes, further,
    issuer: identityProvider.issuer,
    clientSecret: secret(folder, 'client-secret', identityProvider.clientSecret),
    sessionSecret: secret(folder, 'session-secret', randomBytes(32).toString('base64url')),
  }));

  const [command, ...words] = wrap([bin, 'run', '--config', file]);
  const program = start(command, words, { stdio });
  const target = {
    program: label,
    origin,
    host,
    port,
    tls,
    ca: authority.ca,
    admin: `http://127.0.0.1:${admin}`,
    healthz: `http://127.0.0.1:${admin}/healthz`,
    provider: identityProvider,
    pids: () => (program.ending() ? [] : family(program.child.pid)),
    ending: program.ending,
    ended: program.ended,
    signal: (name) => program.child.kill(name),
    expected: 'user=alice',
    /** Signs in another browser and returns its Cookie header. */
    async signedIn(user, address, path) {
      return new Browser({ ca: authority.ca, address }).signIn(origin, user, path);
    },
    async stop() {
      await program.stop();
      await identityProvider.stop();
    },
  };
  try {
    await eventually('the gateway is ready', async () => {
      if (program.ending()) throw Object.assign(new Error(`the gateway ended: ${program.ending()}; its configuration: ${file}`), { final: true });
      return (await exchange(`${target.admin}/readyz`, { agent: false, timeout: 1000 })).status === 200;
    });
    if (signIn) {
      target.watched = await target.signedIn('alice');
      target.cookie = await target.signedIn('bob', '127.0.9.9');
    }
  } catch (error) {
    await target.stop();
    throw error;
  }
  return target;
}

function secret(folder, name, value) {
  const file = join(folder, name);
  writeFileSync(file, `${value}\n`, { mode: 0o600 });
  return file;
}

function configuration(it) {
  const text = JSON.stringify;
  return `
public_url = ${text(it.origin)}

[listen]
address = ${text(`${it.host}:${it.port}`)}
admin = ${text(`127.0.0.1:${it.admin}`)}
${it.tls ? `tls = { certificate = ${text(it.authority.certificateFile)}, key = ${text(it.authority.keyFile)} }` : ''}

[[provider]]
name = "certified"
issuer = ${text(it.issuer)}
client_id = ${text(CLIENTS.code.id)}
client_secret = { file = ${text(it.clientSecret)} }
response_type = "code"
response_mode = "query"
ca_file = ${text(it.authority.caFile)}
${it.further}

[session]
secret = { file = ${text(it.sessionSecret)} }

[[route]]
path = "/"
upstream = ${text(it.upstream)}
allow = "signed-in"
# The clients here run no scripts.
keep_fragment = false

[[route]]
path = "/public"
upstream = ${text(it.upstream)}
allow = "anyone"

${it.routes}
`;
}
