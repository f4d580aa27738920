// Closed-loop clients for a program that is being stopped. A request is lost when it was sent on a connection that had been accepted, and
// no complete answer came. A connection that is refused, or reset before its first request was sent, is not a lost request.

import { connect as connectHttp2 } from 'node:http2';

import { Browser } from './browser.mjs';
import { head, open } from './clients.mjs';

/** `count` clients with one kept connection each, which ask again as soon as they have an answer. */
export function http1Load(target, count) {
  const tally = new Tally('HTTP/1');
  const request = head(target, {});
  const clients = Array.from({ length: count }, async () => {
    while (!tally.stopped) {
      const socket = open(target, { read: false });
      if (!(await socket.ready)) break;
      await conversation(socket, request, tally);
      socket.destroy();
    }
  });
  return { stop: () => tally.end(clients) };
}

async function conversation(socket, request, tally) {
  for (let asked = 0; ; asked += 1) {
    if (socket.closedAfter !== undefined || socket.readableEnded || tally.stopped) return;
    const answered = answerOf(socket);
    socket.write(request);
    const answer = await answered;
    if (!answer.complete) {
      // A server that announces the end with `Connection: close` (RFC 9112 §9.6), and accepts what waits in its queue, loses neither kind.
      tally.lose(answer.text ? 'broken answer' : `no answer on a ${asked > 0 ? 'kept' : 'new'} connection`);
      return;
    }
    tally.note(answer.status);
    if (/^connection: close/im.test(answer.text)) return;
  }
}

/** Reads one answer with a Content-Length from a socket. */
function answerOf(socket) {
  return new Promise((resolve) => {
    let text = '';
    const done = (complete) => {
      socket.off('data', read).off('close', cut).off('end', cut).off('error', cut);
      resolve({ complete, text, status: Number(/^HTTP\/1\.1 (\d+)/.exec(text)?.[1]) });
    };
    const cut = () => done(false);
    const read = (chunk) => {
      text += chunk.toString('latin1');
      const headEnd = text.indexOf('\r\n\r\n');
      if (headEnd < 0) return;
      const length = Number(/^content-length: (\d+)/im.exec(text.slice(0, headEnd))?.[1] ?? 0);
      const chunked = /^transfer-encoding: chunked/im.test(text.slice(0, headEnd));
      if (chunked ? text.endsWith('0\r\n\r\n') : text.length >= headEnd + 4 + length) done(true);
    };
    socket.on('data', read).once('close', cut).once('end', cut).once('error', cut);
  });
}

/** `connections` of HTTP/2 with `streams` closed loops each. */
export function http2Load(target, connections, streams) {
  const tally = new Tally('HTTP/2');
  const clients = Array.from({ length: connections }, async () => {
    while (!tally.stopped) {
      const session = connectHttp2(target.origin, { ca: target.ca });
      session.on('error', () => {});
      const connected = await new Promise((resolve) => { session.once('connect', () => resolve(true)).once('close', () => resolve(false)); });
      if (!connected) break;
      session.once('goaway', () => { session.goingAway = true; });
      await Promise.all(Array.from({ length: streams }, () => streamLoop(session, target, tally)));
      session.close();
    }
  });
  return { stop: () => tally.end(clients) };
}

async function streamLoop(session, target, tally) {
  while (!tally.stopped && !session.closed && !session.destroyed && !session.goingAway) {
    const outcome = await new Promise((resolve) => {
      let status;
      let stream;
      try {
        stream = session.request({ ':path': '/', cookie: target.cookie });
      } catch {
        resolve({ unsent: true });
        return;
      }
      stream.on('response', (headers) => { status = headers[':status']; }).on('data', () => {}).on('error', () => {});
      stream.once('end', () => { stream.finished = true; });
      stream.once('close', () => resolve({ status, finished: stream.finished && status, code: stream.rstCode, unsent: stream.pending }));
    });
    // RFC 9113 §8.7: a stream refused with REFUSED_STREAM, or above the last stream of GOAWAY, was not processed and may be sent again.
    if (outcome.unsent || outcome.code === REFUSED_STREAM) return;
    if (outcome.finished) tally.note(outcome.status);
    else {
      tally.lose(session.goingAway ? `stream cut after GOAWAY, code ${outcome.code}` : `stream cut, code ${outcome.code}`);
      return;
    }
  }
}

/** `count` people who sign in again and again; a sign-in is lost when one of its requests to the gateway got no answer. */
export function signInLoad(target, count) {
  const tally = new Tally('sign-ins');
  const clients = Array.from({ length: count }, async () => {
    while (!tally.stopped) {
      try {
        await new Browser({ ca: target.ca }).signIn(target.origin, 'bob');
        tally.note(200);
      } catch (error) {
        if (error.code === 'ECONNREFUSED') return;
        tally.lose(error.code ?? error.message.slice(0, 80));
        return;
      }
    }
  });
  return { stop: () => tally.end(clients) };
}

/** `count` clients that send 1 MB in 20 pieces over one second. */
export function uploadLoad(target, count) {
  const tally = new Tally('uploads');
  const piece = Buffer.alloc(50_000, 'u');
  const clients = Array.from({ length: count }, async () => {
    while (!tally.stopped) {
      const socket = open(target, { read: false });
      if (!(await socket.ready)) return;
      const answered = answerOf(socket);
      socket.write(head(target, {
        method: 'PUT', path: '/', headers: { 'Content-Length': piece.length * 20, Origin: target.origin, 'Sec-Fetch-Site': 'same-origin' },
      }));
      for (let sent = 0; sent < 20 && socket.writable; sent += 1) {
        socket.write(piece);
        await new Promise((resolve) => { setTimeout(resolve, 50); });
      }
      const answer = await answered;
      socket.destroy();
      if (!answer.complete) {
        tally.lose('no answer');
        return;
      }
      tally.note(answer.text.includes('bytes=1000000') ? 200 : `wrong answer ${answer.status}`);
    }
  });
  return { stop: () => tally.end(clients) };
}

/** Opens WebSockets; `sawClose` is set on each that got a close frame. */
export async function webSockets(target, count) {
  const sockets = [];
  for (let index = 0; index < count; index += 1) {
    const socket = open(target);
    await socket.ready;
    socket.write(head(target, {
      path: '/ws',
      headers: {
        Connection: 'Upgrade', Upgrade: 'websocket', Origin: target.origin,
        'Sec-WebSocket-Version': '13', 'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
      },
    }));
    // A close frame of a server begins with 0x88 and has no mask.
    socket.on('data', (chunk) => { if (chunk.includes(0x88)) socket.sawClose = true; });
    await new Promise((resolve) => { socket.once('data', resolve).once('close', resolve); });
    if (!socket.answer.startsWith('HTTP/1.1 101')) throw new Error(`no WebSocket: ${socket.answer.slice(0, 200)}`);
    sockets.push(socket);
  }
  return sockets;
}

class Tally {
  stopped = false;
  done = 0;
  lost = 0;
  why = {};

  constructor(kind) {
    this.kind = kind;
  }

  note(status) {
    this.done += 1;
    if (status !== 200) {
      this.done -= 1;
      this.lose(`status ${status}`);
    }
  }

  lose(reason) {
    if (this.stopped) return;
    this.lost += 1;
    this.why[reason] = (this.why[reason] ?? 0) + 1;
  }

  async end(clients) {
    this.stopped = true;
    await Promise.race([Promise.all(clients), new Promise((resolve) => { setTimeout(resolve, 1000); })]);
    return { kind: this.kind, done: this.done, lost: this.lost, why: this.why };
  }
}

const REFUSED_STREAM = 7;
