// The environment of one browser: certificate authority, certified provider, application, another site, and the gateway.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { startApplication, startElsewhere } from './application.mjs';
import { makeAuthority } from './authority.mjs';
import { startFront } from './front.mjs';
import { startDemo, startGateway } from './gateway.mjs';
import { freePort } from './ports.mjs';
import { PASSWORD, startProvider } from './provider.mjs';

/**
 * Starts a gateway for one flow before the certified provider. What it returns is a site (`gateway`, `provider`: origins;
 * `path(name)`: a protected page that shows who is signed in; `password(user)`; `secrets()`: every code and token handed out) and the parts of this world. `stop()` ends all of them.
 * `clientAuth`: from `client_auth.mjs`; by default the client secret in the header. `front`: whether the browser reaches the gateway
 * through a proxy that can lose responses.
 */
export async function startCertified({ responseType = 'code id_token', responseMode = 'form_post', clientAuth, templates, front = false } = {}) {
  const parts = new Parts();
  return parts.orNone(async () => {
    const folder = parts.folder();
    const authority = makeAuthority(folder);
    const port = await freePort();
    const gatewayPort = front ? await freePort() : port;
    const application = parts.add(await startApplication());
    const elsewhere = parts.add(await startElsewhere(authority));
    const { client, proof } = clientAuth?.(authority) ?? {};
    const provider = parts.add(await startProvider({ ...authority, gateway: `https://127.0.0.1:${port}`, client }));
    const gateway = parts.add(await startGateway({
      folder: join(folder, 'gateway'), port: gatewayPort, publicPort: port, authority, provider, application: application.origin, responseType, responseMode,
      proof: proof && ((file) => proof({ file, clientSecret: provider.clientSecret })), templates, scripts: elsewhere.origin,
    }));
    const proxy = front && parts.add(await startFront({ authority, port, gatewayPort }));
    return {
      gateway: gateway.origin,
      callback: `${gateway.origin}/.auth/login/certified/callback`,
      continue: `${gateway.origin}/.auth/login/certified/continue`,
      codeInQuery: responseMode === 'query',
      provider: provider.issuer,
      path: (name) => `/notes/${name}?page=1&of=2`,
      password: () => PASSWORD,
      secrets: provider.secrets,
      parts: { application, elsewhere, provider, gateway, front: proxy },
      stop: () => parts.stop(),
    };
  });
}

/** Starts the demo as a site. What its provider hands out is known only where the browser's traffic is on record. */
export async function startDemoSite({ https }) {
  const parts = new Parts();
  return parts.orNone(async () => {
    const demo = parts.add(await startDemo({ https }));
    const elsewhere = parts.add(await startElsewhere(makeAuthority(parts.folder())));
    return {
      gateway: demo.gateway,
      codeInQuery: false,
      provider: demo.provider,
      path: (name) => `/?page=${name}&of=2`,
      password: demo.password,
      secrets: () => [],
      parts: { elsewhere },
      stop: () => parts.stop(),
    };
  });
}

/** What was started, to be stopped in reverse, all of it, whatever fails. */
class Parts {
  #stops = [];

  add(part) {
    this.#stops.push(() => part.stop());
    return part;
  }

  folder() {
    const folder = mkdtempSync(join(tmpdir(), 'vestibule-real-'));
    this.#stops.push(() => rmSync(folder, { recursive: true, force: true }));
    return folder;
  }

  async orNone(start) {
    try {
      return await start();
    } catch (error) {
      await this.stop().catch(() => {});
      throw error;
    }
  }

  async stop() {
    const faults = [];
    for (const stop of this.#stops.reverse()) {
      try {
        await stop();
      } catch (error) {
        faults.push(error);
      }
    }
    if (faults.length > 0) throw new AggregateError(faults, faults.map((fault) => fault.message).join('\n'));
  }
}
