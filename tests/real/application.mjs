// The application behind the gateway, and another site with links and forms to it.

import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';

/**
 * A legacy application: every page shows who is signed in (`#user`), every header it got (`#headers`) and the cookies that
 * its JavaScript sees (`#cookies`). It sets a cookie of its own, readable by scripts, so that a test can tell
 * "no cookie may be read" from "no cookie can be seen". `requests` holds `{ method, url, headers, body }` of all that came.
 */
export async function startApplication() {
  const requests = [];
  const server = createServer((request, response) => {
    const pieces = [];
    request.on('data', (piece) => pieces.push(piece));
    request.on('end', () => {
      requests.push({ method: request.method, url: request.url, headers: request.headers, body: Buffer.concat(pieces) });
      const headers = { 'content-type': 'text/html; charset=utf-8', 'set-cookie': `${OWN_COOKIE}; Path=/; SameSite=Lax` };
      // A strict policy: forms of this page may be sent to its own origin only, redirects included.
      if (request.url.startsWith('/strict')) headers['content-security-policy'] = "form-action 'self'";
      response.writeHead(200, headers);
      response.end(applicationPage(request));
    });
  });
  await listen(server);
  return { origin: `http://127.0.0.1:${server.address().port}`, requests, stop: () => close(server) };
}

/** The cookie that the application sets for its own scripts. */
export const OWN_COOKIE = 'theme=plain';

/**
 * A site that is neither the gateway nor the provider. `post(target, fields)` is the address of a page whose one button posts
 * `fields` to `target`; `frame(target)` the address of a page that holds `target` in a frame. What a page holds never stands in
 * its address, so that replaying a code puts none into the history.
 */
export async function startElsewhere({ cert, key }) {
  const pages = [];
  const server = createTlsServer({ cert, key }, (request, response) => {
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' });
    response.end(pages[Number(request.url.slice(1))] ?? page('Elsewhere', '<p id="elsewhere">Nothing here.'));
  });
  await listen(server);
  const origin = `https://localhost:${server.address().port}`;
  const keep = (html) => `${origin}/${pages.push(html) - 1}`;
  return {
    origin,
    post: (target, fields) => keep(postPage(target, fields)),
    frame: (target) => keep(framePage(target)),
    stop: () => close(server),
  };
}

function applicationPage(request) {
  const user = request.headers['x-forwarded-user'] ?? '';
  return page('Application', `
    <p>Signed in as <b id="user">${escape(user)}</b>, at <span id="path">${escape(request.url)}</span>
    <pre id="headers">${escape(JSON.stringify(request.headers, null, 1))}</pre>
    <p>Cookies: <span id="cookies"></span>
    <form method="post" action="/save"><input name="text" value="kept"><button type="submit">Save</button></form>
    <form id="upload" method="post" action="/uploaded?from=form" enctype="multipart/form-data">
      <input name="note" value="Grüße & more"><input type="file" name="file"><button type="submit">Upload</button></form>
    <script>document.getElementById('cookies').textContent = document.cookie;</script>`);
}

function postPage(target, fields) {
  const inputs = Object.entries(fields)
    .map(([name, value]) => `<input type="hidden" name="${escape(name)}" value="${escape(value)}">`);
  return page('Elsewhere', `<form method="post" action="${escape(target)}">${inputs.join('')}<button id="send">Send</button></form>`);
}

function framePage(target) {
  return page('Elsewhere', `<iframe src="${escape(target)}" width="600" height="400"></iframe>`);
}

function page(title, body) {
  return `<!DOCTYPE html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">`
    + `<title>${title}</title><h1>${title}</h1>${body}</html>`;
}

function escape(text) {
  return text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

function listen(server) {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
}

function close(server) {
  server.closeAllConnections();
  return new Promise((resolve) => { server.close(resolve); });
}
