// The application behind the gateway in most scenarios, as a process of its own: small and large answers, streams, uploads, WebSockets.

import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import { Readable } from 'node:stream';

const LARGE = 20 * 1024 * 1024;
const PIECE = Buffer.alloc(64 * 1024, 'x');

const seen = { requests: 0, open: 0, most: 0, broken: 0 };

const server = createServer((request, response) => {
  const { pathname } = new URL(request.url, 'http://application');
  if (pathname === '/_seen') {
    response.end(JSON.stringify(seen));
    return;
  }
  seen.requests += 1;
  response.on('close', () => { if (!response.writableFinished) seen.broken += 1; });
  (PATHS[pathname] ?? smallPage)(request, response);
});

const PATHS = {
  '/large': (_request, response) => {
    response.writeHead(200, { 'content-type': 'application/octet-stream', 'content-length': LARGE });
    Readable.from(pieces()).pipe(response);
  },
  '/stream': (_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    const timer = setInterval(() => response.write('data: tick\n\n'), 200);
    response.on('close', () => clearInterval(timer));
  },
  // The answer comes before the upload is read; Node then closes the connection with bytes unread, as small servers do.
  '/early': (_request, response) => {
    response.writeHead(413, { 'content-type': 'text/plain', connection: 'close' });
    response.end('application: too large\n');
  },
};

function smallPage(request, response) {
  let bytes = 0;
  request.on('data', (chunk) => { bytes += chunk.length; });
  request.on('end', () => {
    response.writeHead(200, { 'content-type': 'text/plain' });
    response.end(`user=${request.headers['x-forwarded-user'] ?? ''} bytes=${bytes} path=${request.url}\n`);
  });
}

function* pieces() {
  for (let sent = 0; sent < LARGE; sent += PIECE.length) yield PIECE;
}

// A WebSocket (RFC 6455) that says one text frame five times a second and reads nothing.
server.on('upgrade', (request, socket) => {
  const accept = createHash('sha1').update(`${request.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
  socket.write(`HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`);
  const timer = setInterval(() => socket.write(Buffer.from([0x81, 0x04, 0x74, 0x69, 0x63, 0x6b])), 200);
  socket.on('error', () => {});
  socket.on('close', () => clearInterval(timer));
  socket.resume();
});

server.on('connection', (socket) => {
  seen.open += 1;
  seen.most = Math.max(seen.most, seen.open);
  socket.on('close', () => { seen.open -= 1; });
});

server.requestTimeout = 0;
server.keepAliveTimeout = 60_000;
server.listen(Number(process.argv[3] ?? 0), process.argv[2] ?? '127.0.0.1', 4096, () => {
  process.stdout.write(`${JSON.stringify({ port: server.address().port })}\n`);
});
