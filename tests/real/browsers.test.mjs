// The sign-in chain with the certified provider in Firefox and WebKit.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import * as firefox from './browsers/firefox.mjs';
import * as webkit from './browsers/webkit.mjs';
import { twoTabs, wholeChain } from './chain.mjs';
import { startCertified } from './world.mjs';

for (const [name, { launch }] of Object.entries({ firefox, webkit })) {
  describe(`hybrid flow, certified provider, ${name}`, () => {
    let site;
    before(async () => { site = await startCertified(); });
    after(() => site?.stop());

    test('sign in, use, back, reload, repeat the response, sign out', async (t) => {
      const browser = await launch();
      t.after(() => browser.close());
      const { events } = site.parts.provider;
      await wholeChain(site, browser, {
        label: 'certified',
        response() {
          const entry = events.findLast(({ event }) => event === 'authorization.success');
          return { address: site.callback, fields: { ...entry.answer, state: entry.state } };
        },
      });
      assert.equal(events.filter(({ event }) => event === 'grant.success').length, 2);
    });

    test('two tabs sign in at once, the second one first', async (t) => {
      const browser = await launch();
      t.after(() => browser.close());
      await twoTabs(site, browser);
    });
  });
}
