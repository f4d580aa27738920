// The programs under test: the gateway with a configuration written for one test, and the demo. Both are built beforehand.

import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { eventually } from './eventually.mjs';
import { freePort } from './ports.mjs';
import { CLIENTS } from './provider.mjs';

/**
 * Starts `vestibule run` on `port` and waits until it calls itself ready. `publicPort`: the port that browsers use, when a proxy is in
 * front.
 *
 * `folder`: where its files go. `authority`: from `makeAuthority`. `provider`: from `startProvider`. `application`: the upstream's
 * origin. `responseType`, `responseMode`: the flow. `proof`: the lines that say what proves which client it is, if not the provider's
 * client secret. `templates`: a directory of templates for its pages. `scripts`: an origin whose scripts may call `/api`. Returns
 * `origin`, `log()` (its JSON lines) and `stop()`, which fails when the gateway had ended by itself.
 */
export async function startGateway({
  folder, port, publicPort = port, authority, provider, application, responseType = 'code id_token', responseMode, proof, templates, scripts,
}) {
  mkdirSync(folder, { recursive: true });
  const admin = await freePort();
  const origin = `https://127.0.0.1:${publicPort}`;
  const secret = (name, value) => {
    const file = join(folder, name);
    writeFileSync(file, `${value}\n`, { mode: 0o600 });
    return file;
  };
  const file = join(folder, 'vestibule.toml');
  writeFileSync(file, configuration({
    origin,
    address: `127.0.0.1:${port}`,
    admin: `127.0.0.1:${admin}`,
    authority,
    issuer: provider.issuer,
    clientId: CLIENTS[responseType].id,
    proof: proof?.(secret) ?? `client_secret = { file = ${JSON.stringify(secret('client-secret', provider.clientSecret))} }`,
    sessionSecretFile: secret('session-secret', randomBytes(32).toString('base64url')),
    responseType,
    responseMode: responseMode ?? 'form_post',
    application,
    templates,
    scripts,
    nowhere: `http://127.0.0.1:${await freePort()}`,
  }));

  const gateway = start(binary('VESTIBULE_BIN', 'vestibule'), ['run', '--config', file]);
  await eventually('the gateway is ready', async () => gateway.mustLive() && (await status(admin, '/readyz')) === 200)
    .catch(gateway.explain);
  return { origin, port, log: () => gateway.errors().split('\n').filter(Boolean), stop: gateway.stop };
}

/**
 * Starts the demo. Returns `gateway` and `provider` (origins), `password(user)` and `stop()`.
 */
export async function startDemo({ https = false } = {}) {
  const demo = start(binary('VESTIBULE_DEMO', 'examples/demo'), https ? ['--https'] : []);
  const line = (name) => new RegExp(`^\\s*${name}\\s+(https?://[^\\s/]+)`, 'm').exec(demo.output())?.[1];
  await eventually('the demo prints its addresses and users', async () => demo.mustLive()
    && line('gateway') && line('provider') && demoPassword(demo.output(), 'bob') && (await answers(line('gateway'))))
    .catch(demo.explain);
  return {
    gateway: line('gateway'),
    provider: line('provider'),
    password: (user) => demoPassword(demo.output(), user),
    stop: demo.stop,
  };
}

function configuration(it) {
  const text = JSON.stringify;
  return `
public_url = ${text(it.origin)}

[listen]
address = ${text(it.address)}
admin = ${text(it.admin)}
tls = { certificate = ${text(it.authority.certificateFile)}, key = ${text(it.authority.keyFile)} }

[[provider]]
name = "certified"
issuer = ${text(it.issuer)}
client_id = ${text(it.clientId)}
${it.proof}
response_type = ${text(it.responseType)}
response_mode = ${text(it.responseMode)}
ca_file = ${text(it.authority.caFile)}

[session]
store = "memory"
secret = { file = ${text(it.sessionSecretFile)} }

[[route]]
path = "/"
upstream = ${text(it.application)}
allow = "signed-in"

[[route]]
path = "/public"
upstream = ${text(it.application)}
allow = "anyone"

[[route]]
path = "/finance"
upstream = ${text(it.application)}
allow = { groups = ["finance"] }

[[route]]
path = "/down"
upstream = ${text(it.nowhere)}
allow = "signed-in"

${it.scripts ? `[[route]]
path = "/api"
upstream = ${text(it.application)}
cors_origins = ${text(it.scripts)}
` : ''}
${it.templates ? `[pages]
templates = ${text(it.templates)}
` : ''}`;
}

/** A child process with all its output; it is stopped with SIGINT, as a person at a terminal would. */
function start(path, words) {
  const child = spawn(path, words, { stdio: ['ignore', 'pipe', 'pipe'] });
  const text = { out: '', err: '' };
  let ending;
  const ended = new Promise((resolve) => {
    const end = (how) => { ending ??= how; resolve(); };
    child.once('error', (error) => end(`could not be started: ${error.message}`));
    child.once('exit', (code, signal) => end(`ended with ${signal ?? code}`));
  });
  child.stdout.setEncoding('utf8').on('data', (chunk) => { text.out += chunk; });
  child.stderr.setEncoding('utf8').on('data', (chunk) => { text.err += chunk; });
  const story = () => `${path} ${words.join(' ')}: ${ending ?? 'running'}\n${text.out}\n${text.err}`;
  const abandon = () => child.kill('SIGKILL');
  process.once('exit', abandon);
  return {
    output: () => text.out,
    errors: () => text.err,
    mustLive() {
      if (ending) throw Object.assign(new Error(story()), { final: true });
      return true;
    },
    explain(error) {
      abandon();
      throw new Error(`${error.message}\n${story()}`, { cause: error });
    },
    async stop() {
      if (ending) throw new Error(`it did not live to be stopped\n${story()}`);
      child.kill('SIGINT');
      await ended;
      process.off('exit', abandon);
    },
  };
}

function binary(variable, name) {
  const named = process.env[variable];
  if (named) return named;
  const root = fileURLToPath(new URL('../../', import.meta.url));
  const built = ['release', 'debug'].map((profile) => join(root, 'target', profile, name)).find(existsSync);
  if (!built) throw new Error(`${name} is not built: cargo build, or name it in ${variable}`);
  return built;
}

/** The password of a user: the one printed in their line, else the one printed for all. */
function demoPassword(output, user) {
  const line = output.split('\n').find((text) => new RegExp(`\\b${user}\\b`).test(text));
  return line && (PRINTED_PASSWORD.exec(line) ?? PRINTED_PASSWORD.exec(output))?.[1];
}

function status(port, path) {
  return new Promise((resolve) => {
    get({ host: '127.0.0.1', port, path }, (response) => {
      response.resume();
      resolve(response.statusCode);
    }).once('error', () => resolve(undefined));
  });
}

/** Whether anything accepts connections at an origin. */
function answers(origin) {
  const { hostname, port } = new URL(origin);
  return new Promise((resolve) => {
    const socket = connect({ host: hostname, port: Number(port) }, () => { socket.destroy(); resolve(true); });
    socket.once('error', () => resolve(false));
  });
}

const PRINTED_PASSWORD = /password\W+([^\s,;()"'`]+)/i;
