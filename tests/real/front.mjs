// A proxy in front of the gateway that loses responses, as a network does.

import { Agent, createServer, request } from 'node:https';

/**
 * Starts a proxy at `https://127.0.0.1:PORT` for the gateway at `gatewayPort`. `loseNext(part)`: the response to the next request whose
 * path contains `part` is dropped with its connection, after the gateway has sent it. `lost`: the URLs of the dropped responses.
 */
export async function startFront({ authority, port, gatewayPort }) {
  const agent = new Agent({ ca: authority.ca, keepAlive: true });
  const lost = [];
  let part;
  const server = createServer({ cert: authority.cert, key: authority.key }, (incoming, outgoing) => {
    const { method, url: path, headers } = incoming;
    const onward = request({ host: '127.0.0.1', port: gatewayPort, agent, method, path, headers }, (response) => {
      if (part && path.includes(part)) {
        part = undefined;
        lost.push(path);
        response.resume();
        incoming.socket.destroy();
        return;
      }
      outgoing.writeHead(response.statusCode, response.rawHeaders);
      response.pipe(outgoing);
    });
    onward.once('error', () => incoming.socket.destroy());
    incoming.pipe(onward);
  });
  await new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return {
    lost,
    loseNext(path) { part = path; },
    async stop() {
      agent.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => { server.close(resolve); });
    },
  };
}
