// The provider's token endpoint as the gateway sees it: with short lifetimes, counted, and able to hang.

import { Agent, createServer, request } from 'node:https';

/**
 * Starts a relay in front of a provider. `lines` are the TOML lines that make the gateway use it. `expiresIn` replaces `expires_in` of
 * token responses. `hang(yes)`: token requests get no answer. `calls`: the token requests so far.
 */
export async function startRelay({ lab, provider, expiresIn }) {
  const { authority } = lab;
  const agent = new Agent({ ca: authority.ca, keepAlive: true });
  const state = { calls: 0, hanging: false };
  const server = createServer({ cert: authority.cert, key: authority.key }, (incoming, outgoing) => {
    const isToken = incoming.url.startsWith('/token');
    if (isToken) state.calls += 1;
    if (isToken && state.hanging) return;
    const { host, ...headers } = incoming.headers;
    const onward = request(`${provider.issuer}${incoming.url}`, { agent, method: incoming.method, headers }, async (response) => {
      let body = '';
      for await (const chunk of response.setEncoding('utf8')) body += chunk;
      if (incoming.url.includes('openid-configuration')) body = body.replace(`"${provider.issuer}/token"`, JSON.stringify(`${origin}/token`));
      if (isToken && expiresIn) body = body.replace(/"expires_in":\d+/, `"expires_in":${expiresIn}`);
      const { 'content-length': _, 'transfer-encoding': __, connection: ___, ...kept } = response.headers;
      outgoing.writeHead(response.statusCode, { ...kept, 'content-length': Buffer.byteLength(body) });
      outgoing.end(body);
    });
    onward.once('error', () => incoming.socket.destroy());
    incoming.pipe(onward);
  });
  await new Promise((resolve, reject) => { server.once('error', reject).listen(0, '127.0.0.1', resolve); });
  const origin = `https://localhost:${server.address().port}`;
  return {
    state,
    lines: `discovery_url = ${JSON.stringify(`${origin}/.well-known/openid-configuration`)}`,
    hang: (yes) => { state.hanging = yes; },
    stop() {
      agent.destroy();
      server.closeAllConnections();
      server.close();
    },
  };
}
