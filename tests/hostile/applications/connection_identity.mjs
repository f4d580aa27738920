// An application with Windows authentication: three legs sign in the TCP connection, not the request (RFC 4559 §6, [MS-NTHT]).

import { createServer } from 'node:http';

const server = createServer((request, response) => {
  const { socket } = request;
  request.resume();
  const [scheme, token] = (request.headers.authorization ?? '').split(' ');
  if (scheme === 'NTLM' || scheme === 'Negotiate') {
    const text = Buffer.from(token ?? '', 'base64').toString();
    socket.user = undefined;
    if (text === 'leg 1') {
      socket.challenged = true;
      response.writeHead(401, { 'www-authenticate': `${scheme} ${Buffer.from('leg 2').toString('base64')}` });
      response.end('challenge\n');
      return;
    }
    if (text.startsWith('leg 3 ') && socket.challenged) socket.user = text.slice('leg 3 '.length);
  }
  if (socket.user) {
    response.end(`windows=${socket.user} path=${request.url}\n`);
  } else {
    response.writeHead(401, { 'www-authenticate': ['Negotiate', 'NTLM'] });
    response.end('who are you\n');
  }
});

server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => process.stdout.write(`${JSON.stringify({ port: server.address().port })}\n`));
