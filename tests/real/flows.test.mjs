// The other flows with the certified provider in Chromium: each valid pair of response type and mode except the default.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { launch } from './browsers/chromium.mjs';
import { twoTabs, wholeChain } from './chain.mjs';
import { assertCookiesAreGuarded, assertHistoryIsClean, assertTrafficIsClean } from './secrets.mjs';
import { startCertified } from './world.mjs';

const FLOWS = [
  { responseType: 'code', responseMode: 'query', redeems: true },
  { responseType: 'code', responseMode: 'form_post', redeems: true },
  { responseType: 'id_token', responseMode: 'form_post', redeems: false },
];

describe('other flows, certified provider, Chromium', () => {
  for (const { responseType, responseMode, redeems } of FLOWS) {
    test(`${responseType} by ${responseMode}`, async (t) => {
      const site = await startCertified({ responseType, responseMode });
      t.after(() => site.stop());
      const { events } = site.parts.provider;

      const lone = await launch();
      t.after(() => lone.close());
      await wholeChain(site, lone, { label: `certified-${responseType}-${responseMode}` });
      const accepted = events.find(({ event }) => event === 'authorization.accepted');
      assert.equal(accepted.responseType, responseType);
      assert.equal(accepted.responseMode ?? 'query', responseMode);
      const redeemed = events.filter(({ event }) => event === 'grant.success').length;
      assert.equal(redeemed, redeems ? 2 : 0, 'alice and bob');
      await assertTrafficIsClean(site, lone);

      const both = await launch();
      t.after(() => both.close());
      for (const tab of await twoTabs(site, both)) await assertHistoryIsClean(site, both, tab);
      assert.deepEqual(assertCookiesAreGuarded(site, await both.cookies()), ['__Host-vestibule', '__Host-vestibule-loop']);
      await assertTrafficIsClean(site, both);
    });
  }
});
