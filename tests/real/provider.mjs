// The certified provider (npm oidc-provider) over TLS, with one client per flow, two accounts and a log of its events.
// OpenID Connect Core 1.0, Form Post Response Mode 1.0, RP-Initiated Logout 1.0 as that package implements them.

import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { appendFileSync, readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';

import Provider, { errors } from 'oidc-provider';

import { makeStore } from './provider_store.mjs';

export const PASSWORD = 'correct-horse';

export const ACCOUNTS = {
  alice: {
    name: 'Alice Example',
    preferred_username: 'alice',
    email: 'alice@example.com',
    email_verified: true,
    groups: ['staff', 'finance'],
  },
  bob: {
    name: 'Bob Example',
    preferred_username: 'bob',
    email: 'bob@example.com',
    email_verified: false,
    groups: ['staff'],
  },
};

/** The clients by response type; all three are confidential and use the same gateway address. */
export const CLIENTS = {
  'code id_token': { id: 'hybrid-client', grants: ['authorization_code', 'implicit', 'refresh_token'] },
  code: { id: 'code-client', grants: ['authorization_code', 'refresh_token'] },
  id_token: { id: 'id-token-client', grants: ['implicit'] },
};

/**
 * Starts the provider at `https://localhost:PORT`.
 *
 * `cert`, `key`: PEM. `gateway`: the gateway's origin, for the redirect addresses. `name`: the provider's name in the gateway's
 * own paths. `port`: 0 or absent for any. `log`: a file that gets every event as a JSON line. `client`: further metadata of every
 * client, such as how it authenticates. `ca`: PEM, the authority of client certificates.
 *
 * Returns `issuer`, `clientSecret`, `events` (in order, each `{ event, client, account, … }`), `secrets()` (every code and token
 * handed out so far, `{ kind, value }`), `failTokens(yes)`, `rotateKeys()` (from now on another key signs, and the former one is
 * published no longer), and `stop()`.
 */
export async function startProvider({ cert, key, ca, gateway, name = 'certified', port = 0, log, client = {} }) {
  const servers = [createServer({ cert, key })];
  await listen(servers[0], port);
  const issuer = `https://localhost:${servers[0].address().port}`;
  const clientSecret = randomBytes(24).toString('base64url');
  let mutual;
  if (client.token_endpoint_auth_method?.includes('tls')) {
    // Client certificates are requested at a separate address (RFC 8705 §5): browsers are never asked for one.
    servers.push(createServer({ cert, key, ca, requestCert: true, rejectUnauthorized: false }));
    await listen(servers[1], 0);
    mutual = `https://localhost:${servers[1].address().port}/token`;
  }

  const record = new Record(log);
  const tokens = { fail: false };
  const shared = { gateway, name, clientSecret, client, mutual, adapter: makeStore(), cookieKey: randomBytes(32).toString('base64url') };
  let keys = 0;
  let answer;
  const rotateKeys = () => {
    keys += 1;
    const provider = new Provider(issuer, configuration({ ...shared, kid: `signing-${keys}` }));
    record.follow(provider);
    provider.use(failTokensOnDemand(tokens));
    provider.use(signInPages(provider));
    answer = provider.callback();
  };
  rotateKeys();
  for (const server of servers) server.on('request', (request, response) => answer(request, response));

  return {
    issuer,
    clientSecret,
    mutual,
    events: record.events,
    secrets: () => [...record.secrets],
    failTokens: (yes) => { tokens.fail = yes; },
    rotateKeys,
    stop: () => Promise.all(servers.map(close)),
  };
}

function configuration({ gateway, name, clientSecret, client, mutual, adapter, cookieKey, kid }) {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return {
    adapter,
    clients: Object.entries(CLIENTS).map(([responseType, { id, grants }]) => ({
      client_id: id,
      client_secret: clientSecret,
      application_type: 'web',
      token_endpoint_auth_method: 'client_secret_basic',
      response_types: [responseType],
      grant_types: grants,
      redirect_uris: [`${gateway}/.auth/login/${name}/callback`],
      post_logout_redirect_uris: [`${gateway}/.auth/logout/done`],
      ...client,
    })),
    jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), kid, use: 'sig', alg: 'RS256' }] },
    cookies: { keys: [cookieKey] },
    responseTypes: Object.keys(CLIENTS),
    scopes: ['openid', 'offline_access'],
    claims: {
      openid: ['sub'],
      profile: ['name', 'preferred_username', 'groups'],
      email: ['email', 'email_verified'],
    },
    // As large providers do, put every claim into the ID token, with or without an access token.
    conformIdTokenClaims: false,
    pkce: { required: () => true },
    issueRefreshToken: (_ctx, client) => client.grantTypeAllowed('refresh_token'),
    findAccount: (_ctx, id) => account(id),
    loadExistingGrant: consentToEverything,
    interactions: { url: (_ctx, interaction) => `/sign-in/${interaction.uid}` },
    features: {
      devInteractions: { enabled: false },
      mTLS: mutual ? MUTUAL : { enabled: false },
      rpInitiatedLogout: { enabled: true, logoutSource: askBeforeSignOut, postLogoutSuccessSource: sayGoodbye },
    },
    clientAuthMethods: [
      'client_secret_basic', 'client_secret_post', 'client_secret_jwt', 'private_key_jwt',
      ...(mutual ? ['tls_client_auth', 'self_signed_tls_client_auth'] : []),
    ],
    discovery: mutual ? { mtls_endpoint_aliases: { token_endpoint: mutual } } : {},
    renderError: showError,
    ttl: {
      AccessToken: 3600, AuthorizationCode: 60, Grant: 86400, IdToken: 3600, Interaction: 3600, RefreshToken: 86400, Session: 86400,
    },
  };
}

const MUTUAL = {
  enabled: true,
  tlsClientAuth: true,
  selfSignedTlsClientAuth: true,
  getCertificate: (ctx) => ctx.socket.getPeerX509Certificate?.(),
  certificateAuthorized: (ctx) => ctx.socket.authorized,
  certificateSubjectMatches: (ctx, property, expected) => property === 'tls_client_auth_san_dns'
    && ctx.socket.getPeerX509Certificate().subjectAltName.split(', ').includes(`DNS:${expected}`),
};

function account(id) {
  const claims = ACCOUNTS[id];
  return claims && { accountId: id, claims: () => ({ sub: id, ...claims }) };
}

async function consentToEverything(ctx) {
  const { client, provider, session } = ctx.oidc;
  const known = session.grantIdFor(client.clientId);
  if (known) return provider.Grant.find(known);
  const grant = new provider.Grant({ accountId: session.accountId, clientId: client.clientId });
  grant.addOIDCScope('openid profile email offline_access');
  await grant.save();
  return grant;
}

/** What the provider did and what it handed out, in order. */
class Record {
  events = [];
  secrets = [];
  #log;

  constructor(log) {
    this.#log = log;
  }

  follow(provider) {
    for (const event of EVENTS) {
      provider.on(event, (ctx, detail) => this.#note(event, ctx, detail));
    }
    provider.on('authorization.success', (_ctx, answer) => this.#keep(answer));
    provider.on('grant.success', (ctx) => this.#keep(ctx.body));
  }

  #note(event, ctx, detail) {
    const entry = {
      event,
      client: ctx.oidc?.client?.clientId,
      account: ctx.oidc?.session?.accountId ?? ctx.oidc?.account?.accountId,
    };
    if (event === 'authorization.accepted' || event === 'authorization.success') {
      entry.responseType = ctx.oidc.params.response_type;
      entry.responseMode = ctx.oidc.params.response_mode;
      entry.state = ctx.oidc.params.state;
    }
    if (event === 'authorization.success') entry.answer = { ...detail };
    if (event === 'grant.success') entry.grantType = ctx.oidc.params.grant_type;
    if (detail instanceof Error) entry.error = detail.error_description ?? detail.message;
    this.events.push(entry);
    if (this.#log) appendFileSync(this.#log, `${JSON.stringify(entry)}\n`);
  }

  #keep(answer) {
    for (const kind of ['code', 'id_token', 'access_token', 'refresh_token']) {
      if (answer?.[kind]) this.secrets.push({ kind, value: answer[kind] });
    }
  }
}

function failTokensOnDemand(tokens) {
  return async (ctx, next) => {
    if (tokens.fail && ctx.path === '/token') {
      ctx.status = 503;
      ctx.body = 'out of order';
    } else {
      await next();
    }
  };
}

function signInPages(provider) {
  return async (ctx, next) => {
    const [, uid, cancel] = /^\/sign-in\/([\w-]+)(\/cancel)?$/.exec(ctx.path) ?? [];
    if (!uid) return next();
    let result;
    if (cancel) {
      result = { error: 'access_denied', error_description: 'the person said no' };
    } else if (ctx.method === 'POST') {
      const form = new URLSearchParams(await readBody(ctx.req));
      if (Object.hasOwn(ACCOUNTS, form.get('username')) && form.get('password') === PASSWORD) {
        result = { login: { accountId: form.get('username') } };
      }
    }
    try {
      if (result) {
        ctx.redirect(await provider.interactionResult(ctx.req, ctx.res, result, { mergeWithLastSubmission: false }));
        ctx.status = 303;
      } else {
        await provider.interactionDetails(ctx.req, ctx.res);
        ctx.body = signInPage(uid);
      }
    } catch (error) {
      if (!(error instanceof errors.SessionNotFound)) throw error;
      ctx.status = 400;
      ctx.body = page('Provider error', '<p id="provider-error">This sign-in is over.');
    }
    return undefined;
  };
}

function signInPage(uid) {
  return page('Sign in', `
    <form method="post" action="/sign-in/${uid}">
      <p><label>Name <input name="username" autocomplete="off"></label>
      <p><label>Password <input name="password" type="password" autocomplete="off"></label>
      <p><button type="submit">Sign in</button> <a id="cancel" href="/sign-in/${uid}/cancel">Cancel</a>
    </form>`);
}

function askBeforeSignOut(ctx, form) {
  ctx.body = page('Sign out', `${form}
    <p>Sign out of the provider as well?
    <p><button type="submit" form="op.logoutForm" name="logout" value="yes" id="yes">Yes</button>`);
}

function sayGoodbye(ctx) {
  ctx.body = page('Signed out of the provider', '<p>You are signed out of the provider.');
}

function showError(ctx, out) {
  ctx.type = 'html';
  ctx.body = page('Provider error', `<pre id="provider-error">${escape(JSON.stringify(out))}</pre>`);
}

function page(title, body) {
  return `<!DOCTYPE html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">`
    + `<title>${title}</title><h1>${title}</h1>${body}</html>`;
}

function escape(text) {
  return text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

async function readBody(stream) {
  let text = '';
  for await (const chunk of stream.setEncoding('utf8')) text += chunk;
  return text;
}

function listen(server, port) {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
}

function close(server) {
  server.closeAllConnections();
  return new Promise((resolve) => { server.close(resolve); });
}

const EVENTS = [
  'authorization.accepted', 'authorization.success', 'authorization.error',
  'interaction.started', 'interaction.ended',
  'grant.success', 'grant.error', 'grant.revoked', 'revocation.error',
  'end_session.success', 'end_session.error', 'userinfo.error', 'server_error',
];

async function main() {
  const { values } = parseArgs({
    options: {
      port: { type: 'string', default: '9400' },
      cert: { type: 'string' },
      key: { type: 'string' },
      gateway: { type: 'string', default: 'https://127.0.0.1:9443' },
      name: { type: 'string', default: 'certified' },
      log: { type: 'string' },
    },
  });
  const provider = await startProvider({
    ...values,
    port: Number(values.port),
    cert: readFileSync(values.cert),
    key: readFileSync(values.key),
  });
  process.stdout.write(`${JSON.stringify({
    issuer: provider.issuer, clients: CLIENTS, clientSecret: provider.clientSecret, password: PASSWORD,
  })}\n`);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await main();
