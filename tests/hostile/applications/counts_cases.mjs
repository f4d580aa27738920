// An application that notes the target of every request it sees; `/_seen` returns them. It reads every body to its end.

import { createServer } from 'node:http';

const seen = [];
const server = createServer((request, response) => {
  if (request.url === '/_seen') {
    response.end(JSON.stringify(seen));
    return;
  }
  seen.push(`${request.method} ${request.url}`);
  request.resume();
  request.on('end', () => response.end('seen\n'));
});

server.listen(0, '127.0.0.1', () => process.stdout.write(`${JSON.stringify({ port: server.address().port })}\n`));
