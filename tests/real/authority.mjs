// A certificate authority for one test run, and the certificate of every server of the run.
// Created with the openssl command, so no package is needed.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Makes an authority and one leaf for `localhost` and `127.0.0.1` in `folder`.
 * Returns the files' paths and, for servers and clients in this process, their contents.
 */
export function makeAuthority(folder) {
  const at = (name) => join(folder, name);

  openssl('req', '-x509', ...NEW_KEY, '-keyout', at('ca.key'), '-out', at('ca.pem'), '-days', '2',
    '-subj', '/CN=Vestibule test authority',
    '-addext', 'basicConstraints=critical,CA:TRUE', '-addext', 'keyUsage=critical,keyCertSign,cRLSign');
  openssl('req', ...NEW_KEY, '-keyout', at('tls.key'), '-out', at('tls.csr'), '-subj', '/CN=localhost');
  writeFileSync(at('tls.ext'), LEAF_EXTENSIONS);
  openssl('x509', '-req', '-in', at('tls.csr'), '-CA', at('ca.pem'), '-CAkey', at('ca.key'), '-CAcreateserial',
    '-days', '2', '-extfile', at('tls.ext'), '-out', at('tls.crt'));

  return {
    caFile: at('ca.pem'),
    caKeyFile: at('ca.key'),
    certificateFile: at('tls.crt'),
    keyFile: at('tls.key'),
    ca: readFileSync(at('ca.pem')),
    cert: readFileSync(at('tls.crt')),
    key: readFileSync(at('tls.key')),
  };
}

/** A client's key and certificate for a name, PEM; the authority vouches for it, or without one it vouches for itself. */
export function certify(authority, name) {
  const folder = mkdtempSync(join(tmpdir(), 'vestibule-client-'));
  const at = (file) => join(folder, file);
  try {
    const vouching = authority ? ['-CA', authority.caFile, '-CAkey', authority.caKeyFile] : [];
    openssl('req', '-x509', ...NEW_KEY, '-keyout', at('client.key'), '-out', at('client.pem'), '-days', '2', ...vouching,
      '-subj', `/CN=${name}`, '-addext', `subjectAltName=DNS:${name}`, '-addext', 'basicConstraints=critical,CA:FALSE',
      '-addext', 'extendedKeyUsage=clientAuth');
    return { key: readFileSync(at('client.key'), 'utf8'), certificate: readFileSync(at('client.pem'), 'utf8') };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function openssl(...words) {
  execFileSync('openssl', words, { stdio: ['ignore', 'ignore', 'pipe'] });
}

const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
const LEAF_EXTENSIONS = [
  'basicConstraints=critical,CA:FALSE',
  'keyUsage=critical,digitalSignature',
  'extendedKeyUsage=serverAuth',
  'subjectAltName=DNS:localhost,DNS:elsewhere.test,IP:127.0.0.1',
  'authorityKeyIdentifier=keyid',
  '',
].join('\n');
