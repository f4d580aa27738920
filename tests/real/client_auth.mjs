// Every client authentication method of the certified provider: its registration, and the gateway's
// configuration. OpenID Connect Core 1.0 §9, RFC 7523, RFC 8705.

import { X509Certificate, createPublicKey, generateKeyPairSync } from 'node:crypto';

import { certify } from './authority.mjs';

/**
 * By name: a function of the authority (`makeAuthority`) that gives `client`, the registration's metadata, and
 * `proof({ file, clientSecret })`, lines of the gateway's configuration; `file(name, text)` writes a file and gives its path.
 */
export const CLIENT_AUTH = {
  client_secret_basic: shared('client_secret_basic'),
  client_secret_post: shared('client_secret_post'),
  client_secret_jwt: shared('client_secret_jwt'),
  'private_key_jwt RS256': key('RS256', 'rsa', { modulusLength: 2048 }),
  'private_key_jwt PS256': key('PS256', 'rsa', { modulusLength: 2048 }),
  'private_key_jwt ES256': key('ES256', 'ec', { namedCurve: 'P-256' }),
  'private_key_jwt EdDSA': key('EdDSA', 'ed25519', {}),
  tls_client_auth: (authority) => certificate('tls_client_auth', certify(authority, 'gateway.test'), {
    tls_client_auth_san_dns: 'gateway.test',
  }),
  self_signed_tls_client_auth: () => {
    const pair = certify(undefined, 'gateway.test');
    const { raw, publicKey } = new X509Certificate(pair.certificate);
    const jwk = { ...publicKey.export({ format: 'jwk' }), use: 'sig', x5c: [raw.toString('base64')] };
    return certificate('self_signed_tls_client_auth', pair, { jwks: { keys: [jwk] } });
  },
};

function shared(method) {
  return () => ({
    client: { token_endpoint_auth_method: method },
    proof: ({ file, clientSecret }) => `client_auth = "${method}"\n${pointing('client_secret', file('client-secret', clientSecret))}`,
  });
}

function key(algorithm, kind, options) {
  return () => {
    const { privateKey } = generateKeyPairSync(kind, options);
    const jwk = { ...createPublicKey(privateKey).export({ format: 'jwk' }), kid: 'gateway-1', use: 'sig' };
    const pem = privateKey.export({ type: 'pkcs8', format: 'pem' });
    return {
      client: {
        token_endpoint_auth_method: 'private_key_jwt',
        token_endpoint_auth_signing_alg: algorithm,
        client_secret: undefined,
        jwks: { keys: [jwk] },
      },
      proof: ({ file }) => `${pointing('client_key', file('client-key', pem))}\n`
        + `client_assertion = { algorithm = "${algorithm}", key_id = "gateway-1" }`,
    };
  };
}

function certificate(method, pair, registration) {
  return {
    client: { token_endpoint_auth_method: method, client_secret: undefined, ...registration },
    proof: ({ file }) => `client_auth = "${method}"\n${pointing('client_key', file('client-key', pair.key))}\n`
      + `client_certificate = ${JSON.stringify(file('client-certificate', pair.certificate))}`,
  };
}

function pointing(name, path) {
  return `${name} = { file = ${JSON.stringify(path)} }`;
}
