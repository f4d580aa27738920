// No code and no token may be visible to a page's scripts, the browser history or another server.

import assert from 'node:assert/strict';

/** Checks what the tab shows: HTML, address, history entry, storage, cookies that scripts read. */
export async function assertPageIsClean(site, tab) {
  const places = {
    html: await tab.content(),
    address: await tab.url(),
    history: await tab.evaluate('JSON.stringify(history.state)'),
    storage: await tab.storage(),
    cookies: await tab.visibleCookies(),
  };
  for (const [place, text] of Object.entries(places)) assertClean(site, text, `${place} of ${places.address}`);
  assert.doesNotMatch(places.cookies, /vestibule/, `a script reads the gateway's cookie at ${places.address}`);
}

/**
 * Checks everything a recorded browser sent and got: addresses, referrers, forms, answers' headers, and every page of the gateway.
 * A code may stand in a form that is posted to the callback, in the provider's own page that posts it, and (query mode) in
 * the callback's address; an ID token besides in the provider's sign-out address, as its hint.
 */
export async function assertTrafficIsClean(site, browser) {
  await browser.traffic.settled();
  const known = { ...site, secrets: () => [...site.secrets(), ...answersSeen(browser)] };
  const clean = (text, where) => assertClean(known, text, where);
  for (const exchange of browser.traffic.exchanges) {
    const { origin, pathname } = new URL(exchange.url);
    const where = `${exchange.method} ${origin}${pathname}`;
    const isCallback = origin === site.gateway && pathname.endsWith('/callback');

    if (!(isCallback && site.codeInQuery)) clean(withoutHint(site, exchange.url), `address of ${where}`);
    clean(withoutHint(site, exchange.referrer), `referrer of ${where}`);
    if (!isCallback && origin !== site.parts.elsewhere.origin) clean(exchange.form, `form of ${where}`);
    if (origin !== site.gateway) continue;
    for (const [name, value] of exchange.headers ?? []) {
      clean(name === 'location' ? withoutHint(site, value) : value, `header ${name} of ${where}`);
    }
    assert.equal(exchange.unread, undefined, `the page of ${where} was not read`);
    clean(exchange.body ?? '', `page of ${where}`);
  }
}

/** Checks the addresses that the back button's list holds. */
export async function assertHistoryIsClean(site, browser, tab) {
  const known = { ...site, secrets: () => [...site.secrets(), ...answersSeen(browser)] };
  for (const address of await tab.historyAddresses()) {
    assertClean(known, withoutHint(site, address), `history entry ${address}`);
    assert.doesNotMatch(address, /[?&#](code|id_token|access_token)=/, 'the history contains a response');
  }
}

/** Checks that the cookies of the gateway are for this host alone, HttpOnly and SameSite=Lax. */
export function assertCookiesAreGuarded(site, cookies) {
  const secure = site.gateway.startsWith('https:');
  const own = cookies.filter((cookie) => cookie.name.includes('vestibule'));
  for (const cookie of own) {
    assert.equal(cookie.httpOnly, true, `${cookie.name} is HttpOnly`);
    assert.equal(cookie.secure, secure, `${cookie.name} is Secure`);
    assert.equal(cookie.sameSite, 'Lax', `${cookie.name} is SameSite=Lax`);
    assert.equal(cookie.path, '/', `${cookie.name} is for every path`);
    assert.equal(cookie.domain, new URL(site.gateway).hostname, `${cookie.name} is for its host alone`);
    assert.equal(cookie.name.startsWith('__Host-'), secure, `${cookie.name} has the prefix`);
  }
  return own.map((cookie) => cookie.name).sort();
}

function assertClean(site, text, where) {
  for (const { kind, value } of site.secrets()) {
    assert.ok(!text.includes(value), `${kind} in ${where}`);
  }
  assert.doesNotMatch(text, SIGNED_TOKEN, `a signed token in ${where}`);
}

/** What the provider's answers held, as the browser carried them. */
function answersSeen(browser) {
  const forms = browser.traffic.exchanges
    .filter((exchange) => exchange.method === 'POST' && new URL(exchange.url).pathname.endsWith('/callback'))
    .map((exchange) => new URLSearchParams(exchange.form));
  return forms.flatMap((form) => ['code', 'id_token'].filter((kind) => form.get(kind)?.length >= SHORTEST_SECRET)
    .map((kind) => ({ kind, value: form.get(kind) })));
}

/** RP-Initiated Logout 1.0 §2 sends the ID token to the provider as a hint; that parameter, there alone, is no leak. */
function withoutHint(site, address) {
  if (!address.startsWith(`${site.provider}/`)) return address;
  const url = new URL(address);
  url.searchParams.delete('id_token_hint');
  return url.href;
}

/** Forged answers of the tests hold short words, which may well occur in a page. */
const SHORTEST_SECRET = 16;
const SIGNED_TOKEN = /eyJ[\w-]{10,}\.[\w-]{10,}\.[\w-]{10,}/;
