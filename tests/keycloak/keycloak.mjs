// Keycloak over TLS with one realm: one client for each flow, two users, and the admin API to change keys.

import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { request } from 'node:https';
import { join } from 'node:path';

import { eventually } from '../real/eventually.mjs';
import { freePort } from '../real/ports.mjs';
import { ACCOUNTS, CLIENTS, PASSWORD } from '../real/provider.mjs';

/**
 * Starts Keycloak from `KEYCLOAK_HOME` at `https://localhost:PORT/realms/staff`, with its data in memory.
 *
 * `authority`: from `makeAuthority`. `gateways`: the origins that may be sent answers. Returns `issuer`, `origin`, `clientSecret`,
 * `rotateKeys()`, which makes a new key the one that signs and takes the old one away, and `stop()`.
 */
export async function startKeycloak({ authority, gateways }) {
  const port = await freePort();
  const management = await freePort();
  const origin = `https://localhost:${port}`;
  const clientSecret = randomBytes(24).toString('base64url');
  const admin = randomBytes(16).toString('base64url');
  const server = spawn(join(process.env.KEYCLOAK_HOME, 'bin', 'kc.sh'), [
    'start-dev', '--db=dev-mem', '--http-enabled=false', `--https-port=${port}`, `--http-management-port=${management}`,
    '--http-host=127.0.0.1', `--hostname=${origin}`,
    `--https-certificate-file=${authority.certificateFile}`, `--https-certificate-key-file=${authority.keyFile}`,
  ], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, KC_BOOTSTRAP_ADMIN_USERNAME: 'admin', KC_BOOTSTRAP_ADMIN_PASSWORD: admin },
  });
  let told = '';
  let ended = false;
  for (const stream of [server.stdout, server.stderr]) stream.setEncoding('utf8').on('data', (text) => { told += text; });
  server.once('exit', () => { ended = true; });
  const abandon = () => server.kill('SIGKILL');
  process.once('exit', abandon);

  const ask = asker({ port, ca: authority.ca });
  const issuer = `${origin}/realms/staff`;
  await started(() => {
    if (ended) throw Object.assign(new Error(told), { final: true });
    return ask('GET', '/realms/master/.well-known/openid-configuration');
  }, () => told);

  const administer = async (method, path, body) => {
    const form = new URLSearchParams({ grant_type: 'password', client_id: 'admin-cli', username: 'admin', password: admin });
    const { access_token: token } = await ask('POST', '/realms/master/protocol/openid-connect/token', { form });
    return ask(method, `/admin/realms${path}`, { token, body });
  };
  await administer('POST', '', realm({ gateways, clientSecret }));
  return {
    origin,
    issuer,
    clientSecret,
    rotateKeys: () => rotateKeys(administer),
    stop: () => new Promise((resolve) => {
      process.off('exit', abandon);
      server.once('exit', resolve);
      server.kill('SIGTERM');
      if (ended) resolve();
    }),
  };
}

function realm({ gateways, clientSecret }) {
  const groups = [...new Set(Object.values(ACCOUNTS).flatMap((account) => account.groups))];
  return {
    realm: 'staff',
    enabled: true,
    sslRequired: 'none',
    groups: groups.map((name) => ({ name })),
    users: Object.values(ACCOUNTS).map((account) => ({
      username: account.preferred_username,
      firstName: account.name.split(' ')[0],
      lastName: account.name.split(' ')[1],
      email: account.email,
      emailVerified: account.email_verified,
      enabled: true,
      credentials: [{ type: 'password', value: PASSWORD, temporary: false }],
      groups: account.groups.map((name) => `/${name}`),
    })),
    clients: Object.entries(CLIENTS).map(([responseType, { id }]) => ({
      clientId: id,
      secret: clientSecret,
      protocol: 'openid-connect',
      publicClient: false,
      standardFlowEnabled: responseType.includes('code'),
      implicitFlowEnabled: responseType.includes('id_token'),
      directAccessGrantsEnabled: false,
      redirectUris: gateways.map((gateway) => `${gateway}/.auth/login/certified/callback`),
      attributes: {
        'post.logout.redirect.uris': gateways.map((gateway) => `${gateway}/.auth/logout/done`).join('##'),
        'pkce.code.challenge.method': responseType.includes('code') ? 'S256' : '',
      },
      protocolMappers: [{
        name: 'groups',
        protocol: 'openid-connect',
        protocolMapper: 'oidc-group-membership-mapper',
        config: { 'claim.name': 'groups', 'full.path': 'false', 'id.token.claim': 'true', 'access.token.claim': 'false', 'userinfo.token.claim': 'true' },
      }],
    })),
  };
}

/** A new RSA key with a higher priority signs from now on; those before it are taken away. */
async function rotateKeys(administer) {
  const kind = 'type=org.keycloak.keys.KeyProvider';
  const former = (await administer('GET', `/staff/components?${kind}`)).filter(({ providerId }) => providerId === 'rsa-generated');
  const { id: parentId } = await administer('GET', '/staff');
  await administer('POST', '/staff/components', {
    name: `signing-${Date.now()}`,
    providerId: 'rsa-generated',
    providerType: 'org.keycloak.keys.KeyProvider',
    parentId,
    config: { priority: [String(200 + former.length)], enabled: ['true'], active: ['true'], keySize: ['2048'], algorithm: ['RS256'] },
  });
  for (const { id } of former) await administer('DELETE', `/staff/components/${id}`);
}

/** Calls Keycloak, and reads what it answers as JSON. */
function asker({ port, ca }) {
  return (method, path, { form, token, body } = {}) => new Promise((resolve, reject) => {
    const payload = form ? String(form) : body && JSON.stringify(body);
    const call = request({
      host: '127.0.0.1', servername: 'localhost', port, path, method, ca,
      headers: {
        host: `localhost:${port}`,
        ...(payload && { 'content-type': form ? 'application/x-www-form-urlencoded' : 'application/json' }),
        ...(token && { authorization: `Bearer ${token}` }),
      },
    }, async (response) => {
      let text = '';
      for await (const chunk of response.setEncoding('utf8')) text += chunk;
      if (response.statusCode >= 300) reject(new Error(`${method} ${path}: ${response.statusCode} ${text}`));
      else resolve(text ? JSON.parse(text) : true);
    });
    call.once('error', reject);
    call.end(payload);
  });
}

/** Java takes its time: several rounds of patience, each of which fails at once when the server has ended. */
async function started(condition, told) {
  for (let round = 1; ; round += 1) {
    try {
      return await eventually('Keycloak is there', condition);
    } catch (error) {
      if (error.final || round === ROUNDS) throw new Error(`${error.message}\n${told()}`, { cause: error });
    }
  }
}

const ROUNDS = 8;
