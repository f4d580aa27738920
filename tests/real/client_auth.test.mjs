// Sign-in with every client authentication method of the certified provider, in every flow that redeems a code; and with keys of the
// provider that change during a sign-in.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { launch } from './browsers/chromium.mjs';
import { enterPassword, signIn, visit, waitForPage } from './chain.mjs';
import { CLIENT_AUTH } from './client_auth.mjs';
import { eventually } from './eventually.mjs';
import { assertTrafficIsClean } from './secrets.mjs';
import { startCertified } from './world.mjs';

const FLOWS = [
  ['code id_token', 'form_post'],
  ['code', 'query'],
  ['code', 'form_post'],
];

describe('client authentication, certified provider, Chromium', () => {
  for (const [name, clientAuth] of Object.entries(CLIENT_AUTH)) {
    for (const [responseType, responseMode] of FLOWS) {
      test(`${name}: ${responseType} by ${responseMode}`, async (t) => {
        const site = await startCertified({ responseType, responseMode, clientAuth });
        t.after(() => site.stop());
        const browser = await launch();
        t.after(() => browser.close());
        const tab = await browser.newTab();
        await signIn(site, tab, 'alice', site.path('wanted'));
        await visit(site, tab, site.path('other'));
        const events = site.parts.provider.events.filter(({ event }) => event.startsWith('grant.'));
        assert.deepEqual(events.map(({ event, grantType }) => [event, grantType]), [['grant.success', 'authorization_code']]);
        await assertTrafficIsClean(site, browser);
      });
    }
  }

  for (const [responseType, responseMode] of FLOWS) {
    test(`the provider changes its keys before the code is redeemed: ${responseType} by ${responseMode}`, async (t) => {
      const site = await startCertified({ responseType, responseMode });
      t.after(() => site.stop());
      const browser = await launch();
      t.after(() => browser.close());
      const tab = await browser.newTab();
      // With the response in the query, the code is redeemed at the callback itself.
      const held = await tab.hold(responseMode === 'query' ? '*/.auth/login/certified/callback?*' : '*/.auth/login/certified/continue?*');
      await tab.open(site.gateway + site.path('wanted'));
      await enterPassword(site, tab, 'alice');
      await eventually('the response is on its way', () => held.count() === 1);
      site.parts.provider.rotateKeys();
      await held.release();
      await waitForPage(site, tab, site.path('wanted'));
      const keys = kids(site.parts.provider.secrets());
      assert.deepEqual(keys, responseType === 'code' ? ['signing-2'] : ['signing-1', 'signing-2'], 'one token of each key');
      assert.equal(site.parts.provider.events.filter(({ event }) => event === 'grant.success').length, 1);
      await assertTrafficIsClean(site, browser);
    });
  }
});

/** The names of the keys that signed the ID tokens handed out, in order. */
function kids(secrets) {
  return secrets.filter(({ kind }) => kind === 'id_token')
    .map(({ value }) => JSON.parse(Buffer.from(value.split('.')[0], 'base64url')).kid);
}
