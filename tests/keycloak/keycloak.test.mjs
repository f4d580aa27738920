// The gateway with a second, independent provider: Keycloak, in Chromium.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { startApplication, startElsewhere } from '../real/application.mjs';
import { makeAuthority } from '../real/authority.mjs';
import { launch } from '../real/browsers/chromium.mjs';
import { PASSWORD_FIELD, enterPassword, signIn, signOut, visit, waitForPage, wholeChain } from '../real/chain.mjs';
import { eventually } from '../real/eventually.mjs';
import { startGateway } from '../real/gateway.mjs';
import { freePort } from '../real/ports.mjs';
import { PASSWORD } from '../real/provider.mjs';
import { assertHistoryIsClean, assertTrafficIsClean } from '../real/secrets.mjs';
import { startKeycloak } from './keycloak.mjs';

const FLOWS = [
  { responseType: 'code id_token', responseMode: 'form_post' },
  { responseType: 'code', responseMode: 'query' },
  { responseType: 'code', responseMode: 'form_post' },
  { responseType: 'id_token', responseMode: 'form_post' },
];

describe('Keycloak, Chromium', () => {
  let folder;
  let authority;
  let application;
  let elsewhere;
  let keycloak;
  let ports;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'vestibule-keycloak-'));
    authority = makeAuthority(folder);
    application = await startApplication();
    elsewhere = await startElsewhere(authority);
    ports = await Promise.all(FLOWS.map(() => freePort()));
    keycloak = await startKeycloak({ authority, gateways: ports.map((port) => `https://127.0.0.1:${port}`) });
  });
  after(async () => {
    await keycloak?.stop();
    await elsewhere?.stop();
    await application?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** A gateway for one flow, as a site. */
  async function site(t, flow) {
    const port = ports[FLOWS.indexOf(flow)];
    const gateway = await startGateway({
      folder: join(folder, `gateway-${port}`), port, authority, provider: keycloak, application: application.origin, ...flow,
    });
    t.after(() => gateway.stop());
    return {
      gateway: gateway.origin,
      callback: `${gateway.origin}/.auth/login/certified/callback`,
      codeInQuery: flow.responseMode === 'query',
      provider: keycloak.origin,
      path: (name) => `/notes/${name}?page=1&of=2`,
      password: () => PASSWORD,
      secrets: () => [],
      parts: { application, elsewhere, gateway },
    };
  }

  for (const flow of FLOWS) {
    test(`${flow.responseType} by ${flow.responseMode}: sign in, use, back, reload, sign out, two tabs`, async (t) => {
      const at = await site(t, flow);
      const lone = await launch();
      t.after(() => lone.close());
      await wholeChain(at, lone, { label: `keycloak-${flow.responseType}-${flow.responseMode}` });
      await assertTrafficIsClean(at, lone);

      const both = await launch();
      t.after(() => both.close());
      for (const tab of await waitingTab(at, both)) await assertHistoryIsClean(at, both, tab);
    });
  }

  /** Two tabs begin; Keycloak's own page notices in the one that waits when the other has ended, and goes on by itself. */
  async function waitingTab(at, browser) {
    const tabs = [await browser.newTab(), await browser.newTab()];
    for (const [place, tab] of tabs.entries()) {
      await tab.open(at.gateway + at.path(`tab-${place}`));
      await tab.waitFor(PASSWORD_FIELD);
    }
    await enterPassword(at, tabs[1], 'alice');
    for (const [place, tab] of tabs.entries()) await waitForPage(at, tab, at.path(`tab-${place}`));
    return tabs;
  }

  test('keys that change between sign-ins and between two tokens', async (t) => {
    const at = await site(t, FLOWS[0]);
    const browser = await launch();
    t.after(() => browser.close());
    const tab = await browser.newTab();
    await signIn(at, tab, 'alice', '/notes');
    await signOut(at, tab);

    await keycloak.rotateKeys();
    await signIn(at, tab, 'alice', '/notes');
    await signOut(at, tab);

    const held = await tab.hold('*/.auth/login/certified/continue?*');
    await tab.open(`${at.gateway}/notes`);
    await tab.waitFor(PASSWORD_FIELD);
    await enterPassword(at, tab, 'alice');
    await eventually('the browser asks to continue', () => held.count() === 1);
    await keycloak.rotateKeys();
    await held.release();
    await waitForPage(at, tab, '/notes');
  });

  test('the application receives only verified identity headers', async (t) => {
    const at = await site(t, FLOWS[0]);
    const browser = await launch();
    t.after(() => browser.close());
    const tab = await browser.newTab();
    await signIn(at, tab, 'alice', '/finance/report');
    const alice = JSON.parse(await tab.text('#headers'));
    assert.match(alice['x-forwarded-user'], /^[0-9a-f-]{36}$/);
    assert.equal(alice['x-forwarded-email'], 'alice@example.com');
    assert.equal(alice['x-forwarded-preferred-username'], 'alice');
    assert.match(alice['x-forwarded-groups'], /staff/);
    await signOut(at, tab);
    await signIn(at, tab, 'bob', '/notes');
    assert.equal(JSON.parse(await tab.text('#headers'))['x-forwarded-email'], undefined, 'bob’s address is not verified');
    await visit(at, tab, '/notes');
  });
});
