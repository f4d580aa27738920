// nginx and HAProxy as plain proxies before the same application, without authentication: what a proxy does in the same place.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { eventually } from '../real/eventually.mjs';
import { freePort } from '../real/ports.mjs';
import { exchange } from './browser.mjs';
import { family, start } from './processes.mjs';

/** Starts `nginx` or `haproxy` before `upstream`. `tls` as in `startGateway`; `lines`: further lines of nginx's location. */
export async function startPeer({ name, lab, upstream, tls = false, lines = '' }) {
  const port = await freePort();
  const folder = join(lab.folder, `${name}-${port}`);
  mkdirSync(folder, { recursive: true });
  const file = join(folder, 'conf');
  writeFileSync(file, (name === 'nginx' ? nginx : haproxy)({ port, folder, upstream, tls, lines, authority: lab.authority }));
  const words = name === 'nginx' ? ['-p', folder, '-c', file, '-e', join(folder, 'error.log')] : ['-W', '-f', file];
  const program = start(name, words, { stdio: 'ignore' });
  const origin = `${tls ? 'https' : 'http'}://127.0.0.1:${port}`;
  const target = {
    program: name,
    origin,
    host: '127.0.0.1',
    port,
    tls,
    ca: lab.authority.ca,
    pids: () => (program.ending() ? [] : family(program.child.pid)),
    ending: program.ending,
    ended: program.ended,
    signal: (signal) => program.child.kill(signal),
    isPeer: true,
    stop: () => program.stop('SIGTERM'),
  };
  await eventually(`${name} answers`, async () => {
    if (program.ending()) throw Object.assign(new Error(`${name} ended: ${program.ending()}; its configuration: ${file}`), { final: true });
    return exchange(origin, { agent: false, ca: target.ca, timeout: 2000 });
  });
  return target;
}

function nginx({ port, folder, upstream, tls, lines, authority }) {
  return `
daemon off;
${process.getuid() === 0 ? 'user root;' : ''}
worker_processes 2;
worker_rlimit_nofile 20000;
pid ${folder}/pid;
events { worker_connections 10000; }
http {
  access_log off;
  client_body_temp_path ${folder}/body;
  proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi;
  scgi_temp_path ${folder}/scgi;
  client_max_body_size 0;
  upstream behind { server ${upstream.replace(/^http:\/\//, '')} max_fails=0; keepalive 16; }
  server {
    listen 127.0.0.1:${port} ${tls ? 'ssl http2' : ''} backlog=4096;
    ${tls ? `ssl_certificate ${authority.certificateFile}; ssl_certificate_key ${authority.keyFile};` : ''}
    location / {
      proxy_pass http://behind;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      ${lines}
    }
  }
}
`;
}

function haproxy({ port, upstream, tls, authority, folder }) {
  if (tls) {
    writeFileSync(join(folder, 'both.pem'), Buffer.concat([authority.cert, authority.key]));
  }
  return `
global
  nbthread 2
  maxconn 9000
defaults
  mode http
  timeout connect 5s
  timeout client 30s
  timeout server 60s
  timeout http-request 10s
  option idle-close-on-response
frontend front
  bind 127.0.0.1:${port} ${tls ? `ssl crt ${folder}/both.pem alpn h2,http/1.1` : ''} backlog 4096
  default_backend behind
backend behind
  server application ${upstream.replace(/^http:\/\//, '')}
`;
}
