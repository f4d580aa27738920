// A body whose bytes are a request, in front of Python's own HTTP server, which reads them as one.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { connect as connectHttp2 } from 'node:http2';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { eventually } from './eventually.mjs';
import { freePort } from './ports.mjs';

const FORGED = 'GET /admin HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Forwarded-User: alice\r\n\r\n';
const METHODS = ['GET', 'HEAD', 'DELETE', 'OPTIONS', 'POST', 'PUT', 'PATCH'];

describe('an application that ignores bodies', () => {
  const folder = mkdtempSync(join(tmpdir(), 'vestibule-real-'));
  const programs = [];
  let port;
  let served = '';

  before(async () => {
    const [application, provider] = [await freePort(), await freePort()];
    port = await freePort();
    const python = spawn('python3', [new URL('ignored_body.py', import.meta.url).pathname, String(application)]);
    python.stdout.on('data', (text) => { served += text; });
    const file = join(folder, 'vestibule.toml');
    writeFileSync(file, `
public_url = "http://127.0.0.1:${port}"
[listen]
address = "127.0.0.1:${port}"
[[provider]]
name = "none"
issuer = "http://127.0.0.1:${provider}"
client_id = "app"
client_secret = { env = "CLIENT_SECRET" }
[[route]]
upstream = "http://127.0.0.1:${application}"
allow = "anyone"
`);
    const env = { ...process.env, CLIENT_SECRET: 'a secret of more than thirty-two bytes' };
    const gateway = spawn(process.env.VESTIBULE_BIN ?? '../../target/debug/vestibule', ['run', '--config', file], { env, stdio: 'ignore' });
    programs.push(python, gateway);
    await eventually('the gateway forwards', async () => (await fetch(`http://127.0.0.1:${port}/ready`)).status === 200);
  });
  after(() => {
    programs.forEach((program) => program.kill());
    rmSync(folder, { recursive: true, force: true });
  });

  /** The response to a GET of another person. */
  const other = async () => (await fetch(`http://127.0.0.1:${port}/other`)).text();

  test('serves no body as a request, over HTTP/1.1', async () => {
    for (const method of METHODS) {
      for (const framing of ['length', 'chunks']) {
        await send(port, method, framing);
        assert.equal(await other(), '/other none', `${method} ${framing}`);
      }
    }
    assert.doesNotMatch(served, /alice/);
  });

  test('serves no body as a request, over HTTP/2', async () => {
    const client = connectHttp2(`http://127.0.0.1:${port}`);
    for (const method of METHODS) {
      for (const fields of [{}, { 'content-length': FORGED.length }]) {
        const stream = client.request({ ':method': method, ':path': '/x', ...fields }, { endStream: false });
        stream.resume().end(FORGED);
        await new Promise((done) => { stream.on('close', done); });
        assert.equal(await other(), '/other none', `${method} ${JSON.stringify(fields)}`);
      }
    }
    client.destroy();
    assert.doesNotMatch(served, /alice/);
    // All of them reached the application.
    assert.ok(METHODS.every((method) => served.includes(`${method} /x none`)), served);
  });
});

/** Sends `method` with the forged request as its body, and reads to the end of the connection. */
function send(port, method, framing) {
  const body = framing === 'length' ? FORGED : `${FORGED.length.toString(16)}\r\n${FORGED}\r\n0\r\n\r\n`;
  const field = framing === 'length' ? `Content-Length: ${FORGED.length}` : 'Transfer-Encoding: chunked';
  return new Promise((done, failed) => {
    const socket = connect(port, '127.0.0.1');
    socket.on('error', failed).on('close', done).resume();
    socket.end(`${method} /x HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: close\r\n${field}\r\n\r\n${body}`);
  });
}
