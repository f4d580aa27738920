// Finding ports on this machine.

import { createServer } from 'node:net';

/** A port that was free a moment ago; the gateway must know its address before it starts. */
export function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}
