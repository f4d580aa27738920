// The hybrid flow with the certified provider in Chromium, all steps.

import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';

import { OWN_COOKIE } from './application.mjs';
import { launch, movesOn } from './browsers/chromium.mjs';
import {
  FORM_BUTTON, PASSWORD_FIELD, enterPassword, signIn, signOut, tagOf, twoTabs, visit, waitForPage, wholeChain,
} from './chain.mjs';
import { eventually } from './eventually.mjs';
import { assertCookiesAreGuarded, assertHistoryIsClean, assertPageIsClean, assertTrafficIsClean } from './secrets.mjs';
import { startCertified } from './world.mjs';

describe('hybrid flow, certified provider, Chromium', () => {
  let site;
  let browser;
  before(async () => { site = await startCertified(); });
  after(() => site?.stop());
  beforeEach(async () => {
    site.parts.provider.events.length = 0;
    site.parts.application.requests.length = 0;
    browser = await launch();
  });
  afterEach(async () => {
    try {
      await assertTrafficIsClean(site, browser);
    } finally {
      await browser.close();
    }
  });

  /** The events of the provider by name, in order. */
  const events = () => site.parts.provider.events.map((entry) => entry.event);
  const redeemed = () => events().filter((event) => event === 'grant.success').length;
  /** The provider's latest response, as a form that posts it again. */
  const lastResponse = () => {
    const entry = site.parts.provider.events.findLast(({ event }) => event === 'authorization.success');
    return { address: site.callback, fields: { ...entry.answer, state: entry.state } };
  };
  /** The latest page load at the gateway: `[status, address]`. */
  const lastStatus = async () => {
    await browser.traffic.settled();
    return browser.traffic.navigations().findLast(({ url }) => url.startsWith(site.gateway)).status;
  };

  test('sign in, use, back, reload, repeat the response, sign out', async () => {
    await wholeChain(site, browser, { label: 'certified', response: lastResponse });
    assert.equal(redeemed(), 2, 'one code for alice and one for bob, despite repeated requests');
  });

  test('every step happens once and in order', async () => {
    const tab = await browser.newTab();
    await signIn(site, tab, 'alice', '/notes?page=1');
    await browser.traffic.settled();

    const steps = browser.traffic.navigations().map(({ method, url, status }) => {
      const { origin, pathname, search } = new URL(url);
      const who = { [site.gateway]: 'gateway', [site.provider]: 'provider' }[origin];
      return `${method} ${who} ${pathname.replace(/^(\/(sign-in|auth))\/[\w-]+$/, '$1/*')}${who === 'gateway' ? search : ''} ${status}`;
    });
    const { state } = site.parts.provider.events.find(({ event }) => event === 'authorization.accepted');
    assert.deepEqual(steps, [
      'GET gateway /notes?page=1 200',
      'GET provider /auth 303',
      'GET provider /sign-in/* 200',
      'POST provider /sign-in/* 303',
      'GET provider /auth/* 200',
      'POST gateway /.auth/login/certified/callback 303',
      `GET gateway /.auth/login/certified/continue?t=${tagOf(state)} 303`,
      'GET gateway /notes?page=1 200',
    ]);
    assert.deepEqual(events(), [
      'interaction.started', 'interaction.ended', 'authorization.accepted', 'authorization.success', 'grant.success',
    ]);
    const accepted = site.parts.provider.events.find(({ event }) => event === 'authorization.accepted');
    assert.deepEqual([accepted.responseType, accepted.responseMode], ['code id_token', 'form_post']);

    await assertHistoryIsClean(site, browser, tab);
  });

  test('the code is redeemed at continue, not at the callback', async () => {
    const tab = await browser.newTab();
    const held = await tab.hold('*/.auth/login/certified/continue?*');
    await tab.open(`${site.gateway}/notes`);
    await enterPassword(site, tab, 'alice');
    await eventually('the browser asks to continue', () => held.count() === 1);
    assert.equal(redeemed(), 0);
    const early = assertCookiesAreGuarded(site, await browser.cookies());
    assert.ok(!early.includes('__Host-vestibule'), 'no session before continue');
    await held.release();
    await waitForPage(site, tab, '/notes');
    assert.equal(redeemed(), 1);
  });

  test('only session and sign-in count cookies remain, host-only and HttpOnly', async () => {
    const tab = await browser.newTab();
    await tab.open(`${site.gateway}/notes`);
    await tab.waitFor(PASSWORD_FIELD);
    const during = assertCookiesAreGuarded(site, await browser.cookies());
    assert.equal(during.length, 1);
    assert.match(during[0], /^__Host-vestibule-login-[\w-]{16}$/);

    await enterPassword(site, tab, 'alice');
    await waitForPage(site, tab, '/notes');
    assert.deepEqual(assertCookiesAreGuarded(site, await browser.cookies()), ['__Host-vestibule', '__Host-vestibule-loop']);
    assert.equal(await tab.visibleCookies(), OWN_COOKIE, 'the script sees its own cookie only');
    assert.equal(await tab.text('#cookies'), (await tab.visibleCookies()), 'nor does the page while it loads');

    const session = (await browser.cookies()).find(({ name }) => name === '__Host-vestibule').value;
    for (const { url, headers } of site.parts.application.requests) {
      assert.ok(!JSON.stringify(headers).includes(session), `the session's cookie went upstream with ${url}`);
      assert.ok(!(headers.cookie ?? '').includes('vestibule'), `a cookie of the gateway went upstream with ${url}`);
      assert.equal(headers.authorization, undefined);
    }
  });

  test('set-cookie headers have every attribute', async () => {
    const tab = await browser.newTab();
    await signIn(site, tab, 'alice', '/notes');
    await signOut(site, tab);
    await browser.traffic.settled();
    const lines = browser.traffic.exchanges
      .filter(({ url }) => url.startsWith(site.gateway))
      .flatMap(({ headers }) => headers.filter(([name, value]) => name === 'set-cookie' && value.includes('vestibule')))
      .map(([, value]) => value);
    assert.ok(lines.length >= 4, 'the login, answer and session cookies and their deletions');
    for (const line of lines) {
      const attributes = line.split(';').slice(1).map((attribute) => attribute.trim().toLowerCase());
      assert.match(line, /^__Host-vestibule/);
      for (const wanted of ['secure', 'httponly', 'samesite=lax', 'path=/']) assert.ok(attributes.includes(wanted), `${wanted}: ${line}`);
      assert.ok(!attributes.some((attribute) => attribute.startsWith('domain')), line);
    }
  });

  test('the gateway’s own responses are never stored', async () => {
    const tab = await browser.newTab();
    await signIn(site, tab, 'alice', '/notes');
    await signOut(site, tab);
    await browser.traffic.settled();
    const own = browser.traffic.exchanges.filter(({ url, status, headers }) => url.startsWith(site.gateway)
      && (new URL(url).pathname.startsWith('/.auth/') || status === 303 || movesOn(Object.fromEntries(headers))));
    assert.ok(own.length >= 6);
    for (const { url, headers } of own) {
      assert.match(Object.fromEntries(headers)['cache-control'] ?? '', /no-store/, url);
    }
  });

  test('two tabs sign in at once, the second one first', async () => {
    const tabs = await twoTabs(site, browser);
    assert.deepEqual(assertCookiesAreGuarded(site, await browser.cookies()), ['__Host-vestibule', '__Host-vestibule-loop']);
    for (const tab of tabs) await assertHistoryIsClean(site, browser, tab);
  });

  test('two tabs post their responses at the same time', async () => {
    const [first, second] = [await browser.newTab(), await browser.newTab()];
    const held = [];
    for (const [tab, path] of [[first, '/first'], [second, '/second']]) {
      await tab.open(site.gateway + path);
      await tab.waitFor(PASSWORD_FIELD);
      held.push(await tab.hold('*/.auth/login/certified/callback'));
    }
    await enterPassword(site, first, 'alice');
    await eventually('the first response is on its way', () => held[0].count() === 1);
    await enterPassword(site, second, 'alice');
    await eventually('the second response is on its way', () => held[1].count() === 1);
    await Promise.all(held.map(({ release }) => release()));
    await waitForPage(site, first, '/first');
    await waitForPage(site, second, '/second');
    assert.equal(redeemed(), 2);
    assert.deepEqual(assertCookiesAreGuarded(site, await browser.cookies()), ['__Host-vestibule', '__Host-vestibule-loop']);
    await visit(site, first, '/again');
  });

  test('a response in another browser signs no user in', async () => {
    const tab = await browser.newTab();
    const held = await tab.hold('*/.auth/login/certified/callback');
    await tab.open(`${site.gateway}/notes`);
    await enterPassword(site, tab, 'alice');
    await eventually('the response is on its way', () => held.count() === 1);

    const other = await launch();
    try {
      const theirs = await other.newTab();
      const { address, fields } = lastResponse();
      await theirs.open(site.parts.elsewhere.post(address, fields));
      await theirs.waitFor('#send');
      await theirs.click('#send');
      await theirs.until(`location.origin === ${JSON.stringify(site.gateway)}`);
      await other.traffic.settled();
      const { status } = other.traffic.navigations().at(-1);
      assert.ok(status >= 400 && status < 500, `refused, with ${status}`);
      await assertPageIsClean(site, theirs);
      assert.ok(!(await other.cookies()).some(({ name }) => name === '__Host-vestibule'));
      assert.equal(redeemed(), 0);
      await theirs.open(`${site.gateway}/notes`);
      await theirs.waitFor(PASSWORD_FIELD);
      await assertTrafficIsClean(site, other);
    } finally {
      await other.close();
    }
    await held.release();
    await tab.until(`location.href === ${JSON.stringify(`${site.gateway}/notes`)}`);
  });

  test('a forged response is refused and ends no session', async () => {
    const tab = await browser.newTab();
    await signIn(site, tab, 'alice', '/notes');
    const before = await browser.cookies();
    // Long enough to search for: a page must not contain what was sent to it.
    const code = 'forged-code-0123456789';
    for (const fields of [{ state: 'forged', code, id_token: 'forged-token-0123456789' }, { code }, { state: 'forged', error: 'access_denied' }]) {
      await tab.open(site.parts.elsewhere.post(site.callback, fields));
      await tab.waitFor('#send');
      await tab.click('#send');
      await tab.waitForAddress(site.callback);
      assert.equal(await lastStatus(), 400);
      await tab.reload();
      await tab.waitForAddress(site.callback);
      assert.equal(await lastStatus(), 400, 'and again on reload');
    }
    assert.deepEqual(
      (await browser.cookies()).filter(({ name }) => name.includes('vestibule')),
      before.filter(({ name }) => name.includes('vestibule')),
    );
    await visit(site, tab, '/notes');
  });

  test('a planted session cookie is never adopted', async () => {
    const planted = 'A'.repeat(43);
    await browser.plantCookie({
      name: '__Host-vestibule', value: planted, url: site.gateway, httpOnly: true, secure: true, sameSite: 'Lax',
    });
    const tab = await browser.newTab();
    await signIn(site, tab, 'alice', '/notes');
    const sessions = (await browser.cookies()).filter(({ name }) => name === '__Host-vestibule');
    assert.equal(sessions.length, 1);
    assert.notEqual(sessions[0].value, planted);
  });

  test('a second sign-in creates a new session', async () => {
    const tab = await browser.newTab();
    const session = async () => (await browser.cookies()).find(({ name }) => name === '__Host-vestibule')?.value;
    await signIn(site, tab, 'alice', '/notes');
    const first = await session();
    await signOut(site, tab);
    assert.equal(await session(), undefined, 'sign-out deletes the cookie');
    await browser.plantCookie({
      name: '__Host-vestibule', value: first, url: site.gateway, httpOnly: true, secure: true, sameSite: 'Lax',
    });
    await tab.open(`${site.gateway}/notes`);
    await tab.waitFor(PASSWORD_FIELD);
    await enterPassword(site, tab, 'alice');
    await waitForPage(site, tab, '/notes');
    assert.notEqual(await session(), first);
    assert.ok(events().includes('end_session.success'));
  });

  test('a declined sign-in shows a page with a link to retry', async () => {
    const tab = await browser.newTab();
    await tab.open(`${site.gateway}/notes`);
    await tab.waitFor('#cancel');
    await tab.click('#cancel');
    await tab.until(`location.origin === ${JSON.stringify(site.gateway)}`);
    const status = await lastStatus();
    assert.ok(status >= 400 && status < 500, `refused, with ${status}`);
    await assertPageIsClean(site, tab);
    assert.doesNotMatch(await tab.content(), /the person said no/, 'the provider’s text is only in the log');
    await signIn(site, tab, 'alice', '/notes');
  });

  test('a failing token endpoint ends no other session', async () => {
    const tab = await browser.newTab();
    site.parts.provider.failTokens(true);
    try {
      await tab.open(`${site.gateway}/notes`);
      await enterPassword(site, tab, 'alice');
      await tab.until(`location.origin === ${JSON.stringify(site.gateway)}`);
      const status = await lastStatus();
      assert.ok(status >= 500, `the gateway’s side of the fault, with ${status}`);
      await assertPageIsClean(site, tab);
      assert.ok(!(await browser.cookies()).some(({ name }) => name === '__Host-vestibule'));
    } finally {
      site.parts.provider.failTokens(false);
    }
    await visit(site, tab, '/notes');
  });

  test('group rules are enforced', async () => {
    const tab = await browser.newTab();
    await signIn(site, tab, 'bob', '/notes');
    await tab.open(`${site.gateway}/finance/report`);
    await tab.until('document.body.innerText.trim() !== "" && document.querySelector("#user") === null');
    assert.equal(await lastStatus(), 403);
    assert.ok(!site.parts.application.requests.some(({ url }) => url.startsWith('/finance')), 'the application received no request');
    await signOut(site, tab);
    await signIn(site, tab, 'alice', '/finance/report');
  });

  test('the application receives only verified identity headers', async () => {
    const tab = await browser.newTab();
    await signIn(site, tab, 'alice', '/notes');
    const alice = JSON.parse(await tab.text('#headers'));
    assert.equal(alice['x-forwarded-user'], 'alice');
    assert.equal(alice['x-forwarded-email'], 'alice@example.com');
    assert.equal(alice['x-forwarded-preferred-username'], 'alice');
    assert.match(alice['x-forwarded-groups'], /staff/);
    await signOut(site, tab);
    await signIn(site, tab, 'bob', '/notes');
    const bob = JSON.parse(await tab.text('#headers'));
    assert.equal(bob['x-forwarded-user'], 'bob');
    assert.equal(bob['x-forwarded-email'], undefined, 'bob’s address is not verified');
  });

  test('a public page is open and names only a signed-in user', async () => {
    const tab = await browser.newTab();
    await tab.open(`${site.gateway}/public/page`);
    await tab.waitFor('#path', '/public/page');
    assert.equal(await tab.text('#user'), '');
    await signIn(site, tab, 'alice', '/notes');
    await visit(site, tab, '/public/page');
    await signOut(site, tab);
    await tab.open(`${site.gateway}/public/page`);
    await tab.waitFor('#path', '/public/page');
    assert.equal(await tab.text('#user'), '');
  });

  test('a script request without session gets 401', async () => {
    const tab = await browser.newTab();
    await tab.open(`${site.gateway}/public/page`);
    await tab.waitFor('#path');
    const answer = await tab.evaluate(`fetch("/notes/data")
      .then(async (it) => ({ status: it.status, redirected: it.redirected, text: await it.text() }))`);
    assert.equal(answer.status, 401);
    assert.equal(answer.redirected, false);
    assert.ok(!events().includes('interaction.started'));
  });

  test('the user endpoint shows the user and no token', async () => {
    const tab = await browser.newTab();
    await signIn(site, tab, 'alice', '/notes');
    const { status, text } = await tab.evaluate('fetch("/.auth/me").then(async (answer) => ({ status: answer.status, text: await answer.text() }))');
    assert.equal(status, 200);
    assert.match(text, /alice/);
    for (const { kind, value } of site.secrets()) assert.ok(!text.includes(value), `${kind} in /.auth/me`);
  });

  test('no other site can sign the user out', async () => {
    const tab = await browser.newTab();
    await signIn(site, tab, 'alice', '/notes');
    await tab.open(site.parts.elsewhere.post(`${site.gateway}/.auth/logout`, {}));
    await tab.waitFor('#send');
    await tab.click('#send');
    await tab.until(`location.origin === ${JSON.stringify(site.gateway)}`);
    const status = await lastStatus();
    assert.ok(status >= 400 && status < 500, `refused, with ${status}`);
    await visit(site, tab, '/notes');
    await tab.open(`${site.gateway}/.auth/logout`);
    await tab.waitFor(FORM_BUTTON);
    await visit(site, tab, '/notes');
    assert.ok(!events().includes('end_session.success'));
  });
});
