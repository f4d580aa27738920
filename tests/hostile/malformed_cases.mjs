// Malformed and unusual requests as bytes. `ID` stands for the number of the case; a target `/smuggled-ID` must never reach the application.,

const SMUGGLED = 'GET /public/smuggled-ID HTTP/1.1\r\nHost: HOST\r\n\r\n';
const END = '\r\n\r\n';

/** `[name, bytes]` of every case, in order. `HOST` stands for the gateway's authority. */
export function malformedCases() {
  return [
    ...requestLines(), ...targets(), ...hosts(), ...lineEnds(), ...fields(), ...lengths(), ...codings(), ...chunks(), ...connections(),
  ].map(([name, bytes]) => [name, bytes]);
}

const get = (more, target = '/public/case-ID') => `GET ${target} HTTP/1.1\r\nHost: HOST\r\n${more}`;
const post = (more, body = '') => `POST /public/case-ID HTTP/1.1\r\nHost: HOST\r\n${more}\r\n\r\n${body}`;

function requestLines() {
  const lines = {
    'no version': 'GET /public/case-ID',
    'version 0.9': 'GET /public/case-ID HTTP/0.9',
    'version 1.0': 'GET /public/case-ID HTTP/1.0',
    'version 1.2': 'GET /public/case-ID HTTP/1.2',
    'version 2.0': 'GET /public/case-ID HTTP/2.0',
    'version 11': 'GET /public/case-ID HTTP/11',
    'version 1.10': 'GET /public/case-ID HTTP/1.10',
    'version lower case': 'GET /public/case-ID http/1.1',
    'version HTTPS': 'GET /public/case-ID HTTPS/1.1',
    'two spaces': 'GET  /public/case-ID HTTP/1.1',
    'two spaces before the version': 'GET /public/case-ID  HTTP/1.1',
    'tab after the method': 'GET\t/public/case-ID HTTP/1.1',
    'tab before the version': 'GET /public/case-ID\tHTTP/1.1',
    'vertical tab': 'GET\x0b/public/case-ID HTTP/1.1',
    'space first': ' GET /public/case-ID HTTP/1.1',
    'space last': 'GET /public/case-ID HTTP/1.1 ',
    'four words': 'GET /public/case-ID /public/smuggled-ID HTTP/1.1',
    'method lower case': 'get /public/case-ID HTTP/1.1',
    'method with a colon': 'GE:T /public/case-ID HTTP/1.1',
    'method with NUL': 'GE\0T /public/case-ID HTTP/1.1',
    'method of 8,000 bytes': `${'G'.repeat(8000)} /public/case-ID HTTP/1.1`,
    'no method': '/public/case-ID HTTP/1.1',
    'HTTP/2 preface': 'PRI * HTTP/2.0',
    'method TRACE': 'TRACE /public/case-ID HTTP/1.1',
    'method CONNECT': 'CONNECT HOST HTTP/1.1',
  };
  return [
    ...Object.entries(lines).map(([name, line]) => [`line: ${name}`, `${line}\r\nHost: HOST${END}`]),
    ['line: empty lines first', `\r\n\r\n${get('\r\n')}`],
    ['line: bare LF first', `\n${get('\r\n')}`],
    ['line: CR first', `\r${get('\r\n')}`],
    ['line: byte order mark first', `\xef\xbb\xbf${get('\r\n')}`],
    ['line: TLS hello', '\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03'],
    ['line: PROXY protocol', `PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n${get('\r\n')}`],
    ['line: NULs', '\0'.repeat(64)],
  ];
}

function targets() {
  const all = {
    'NUL': '/public/case-ID\0', 'encoded NUL': '/public/case-ID%00', 'high byte': '/public/case-ID\xff', 'backslash': '/public\\case-ID',
    'fragment': '/public/case-ID#part', 'dot segments': '/public/../smuggled-ID', 'encoded dots': '/public/%2e%2e/smuggled-ID',
    'dots with a parameter': '/public/..;/smuggled-ID', 'encoded slash': '/public%2fcase-ID', 'double slash': '//public/case-ID',
    'broken escape': '/public/case-ID%zz', 'short escape': '/public/case-ID%2', 'encoded CR LF': '/public/case-ID%0d%0aX:1',
    'asterisk': '*', 'no slash': 'public/case-ID', 'query alone': '?case-ID', 'absolute': 'http://HOST/public/case-ID',
    'absolute, other host': 'http://evil.test/public/case-ID', 'absolute, user': 'http://alice@HOST/public/case-ID',
    'absolute, https': 'https://HOST/public/case-ID', 'absolute, ftp': 'ftp://HOST/public/case-ID',
    'absolute, no path': 'http://HOST?case-ID',
    'absolute, empty host': 'http:///public/case-ID', 'absolute, upper case': 'HTTP://HOST/public/case-ID', 'authority': 'HOST',
    'absolute in the path': '/http://evil.test/case-ID', '70,000 bytes': `/public/case-ID?${'q'.repeat(70_000)}`,
    'quote': '/public/case-ID"<>',
    'pipe': '/public/case-ID|', 'tab': '/public/case-ID\tx', 'delete': '/public/case-ID\x7f',
  };
  return Object.entries(all).map(([name, target]) => [`target: ${name}`, get('\r\n', target)]);
}

function hosts() {
  const line = 'GET /public/case-ID HTTP/1.1\r\n';
  const all = {
    'none': '\r\n', 'empty': 'Host:\r\n\r\n', 'two alike': 'Host: HOST\r\nHost: HOST\r\n\r\n',
    'two different': 'Host: HOST\r\nHost: evil.test\r\n\r\n',
    'second first': 'Host: evil.test\r\nHost: HOST\r\n\r\n', 'list': 'Host: HOST, evil.test\r\n\r\n', 'with a path': 'Host: HOST/x\r\n\r\n',
    'with a user': 'Host: alice@HOST\r\n\r\n', 'with a space': 'Host: HOST evil.test\r\n\r\n', 'folded': 'Host:\r\n HOST\r\n\r\n',
    'bad port': 'Host: 127.0.0.1:99999\r\n\r\n', 'port letters': 'Host: 127.0.0.1:http\r\n\r\n', 'trailing dot': 'Host: localhost.\r\n\r\n',
    'NUL': 'Host: HOST\0\r\n\r\n', 'bracket': 'Host: [::1\r\n\r\n', 'space before the colon': 'Host : HOST\r\n\r\n',
    'other host': 'Host: evil.test\r\n\r\n',
  };
  return Object.entries(all).map(([name, rest]) => [`host: ${name}`, line + rest]);
}

function lineEnds() {
  return [
    ['ends: bare LF', 'GET /public/case-ID HTTP/1.1\nHost: HOST\n\n'],
    ['ends: bare LF once', 'GET /public/case-ID HTTP/1.1\r\nHost: HOST\nX: 1\r\n\r\n'],
    ['ends: bare CR', 'GET /public/case-ID HTTP/1.1\rHost: HOST\r\r'],
    ['ends: CR in a value', get('X: a\rb\r\n\r\n')],
    ['ends: CR CR LF', get('X: a\r\r\n\r\n')],
    ['ends: LF CR', get('X: a\n\r\n\r\n')],
    ['ends: bare LF hides a field', post('X: a\nContent-Length: 5', 'hello')],
    ['ends: bare CR hides a field', post('X: a\rTransfer-Encoding: chunked', '0\r\n\r\n')],
    ['ends: head ends with LF LF', `GET /public/case-ID HTTP/1.1\r\nHost: HOST\n\n${SMUGGLED}`],
    ['ends: no end', 'GET /public/case-ID HTTP/1.1\r\nHost: HOST\r\n'],
  ];
}

function fields() {
  const all = {
    'space before the colon': 'X-A : 1', 'space in the name': 'X A: 1', 'no colon': 'X-A 1', 'no name': ': 1', 'obs-fold': 'X-A: 1\r\n 2',
    'obs-fold with a tab': 'X-A: 1\r\n\t2', 'fold first': ' X-A: 1', 'NUL in the value': 'X-A: a\0b', 'NUL in the name': 'X\0A: 1',
    'high bytes': 'X-A: \xff\xfe', 'high byte in the name': 'X\xe9A: 1', 'control byte': 'X-A: a\x01b', 'delete': 'X-A: a\x7fb',
    'parenthesis in the name': 'X(A): 1',
    'name with a slash': 'X/A: 1', 'underscore': 'X_Forwarded_User: alice', 'identity': 'X-Forwarded-User: alice',
    'identity with a dot': 'X.Forwarded.User: alice',
    'identity folded': 'X-Forwarded-User:\r\n alice', 'value of 70,000 bytes': `X-A: ${'v'.repeat(70_000)}`,
    'name of 70,000 bytes': `${'n'.repeat(70_000)}: 1`,
    '300 fields': Array.from({ length: 300 }, (_, index) => `X-${index}: 1`).join('\r\n'), 'Expect: other': 'Expect: 200-ok',
    'empty value': 'X-A:',
    'connection names identity': 'Connection: close, X-Forwarded-User',
    'upgrade h2c': 'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__',
    'upgrade without connection': 'Upgrade: websocket', 'quoted cookie': 'Cookie: a="b; c', 'trailer': 'Trailer: Content-Length',
    'two cookies': 'Cookie: a=1\r\nCookie: b=2',
  };
  return Object.entries(all).map(([name, field]) => [`field: ${name}`, get(`${field}${END}`)]);
}

function lengths() {
  const all = {
    'negative': '-1', 'plus': '+5', 'hexadecimal': '0x5', 'decimal point': '5.0', 'exponent': '5e0', 'empty': '', 'spaces': '5 5',
    'list alike': '5, 5', 'list different': '5, 6',
    'underscore': '0_5', 'leading zeros': '0005', 'huge': '99999999999999999999', 'over 64 bits': '18446744073709551621',
    'letters': 'five', 'NUL': '5\0', 'quoted': '"5"',
    'tab': '\t5', 'non-breaking space': '\xa05', 'Arabic digit': '\xd9\xa5', 'trailing semicolon': '5;',
  };
  return [
    ...Object.entries(all).map(([name, value]) => [`length: ${name}`, post(`Content-Length: ${value}`, `hello${SMUGGLED}`)]),
    ['length: two alike', post('Content-Length: 5\r\nContent-Length: 5', 'hello')],
    ['length: two different', post('Content-Length: 5\r\nContent-Length: 6', `hello${SMUGGLED}`)],
    ['length: 0 and 5', post('Content-Length: 0\r\nContent-Length: 5', `hello${SMUGGLED}`)],
    ['length: space before the colon', post('Content-Length : 5', `hello${SMUGGLED}`)],
    ['length: folded', post('Content-Length:\r\n 5', `hello${SMUGGLED}`)],
    ['length: underscore in the name', post('Content_Length: 5', SMUGGLED)],
    ['length: on GET', get(`Content-Length: ${SMUGGLED.length}\r\n\r\n`) + SMUGGLED],
    ['length: on HEAD', `HEAD /public/case-ID HTTP/1.1\r\nHost: HOST\r\nContent-Length: ${SMUGGLED.length}\r\n\r\n${SMUGGLED}`],
    ['length: too long', post('Content-Length: 50', 'hello')],
  ];
}

function codings() {
  const all = {
    'upper case': 'CHUNKED', 'tab': '\tchunked', 'space last': 'chunked ', 'identity': 'identity', 'gzip': 'gzip',
    'gzip, chunked': 'gzip, chunked', 'chunked, gzip': 'chunked, gzip',
    'chunked twice': 'chunked, chunked', 'quoted': '"chunked"', 'parameter': 'chunked;q=1', 'prefix': 'xchunked', 'suffix': 'chunked1',
    'vertical tab': '\x0bchunked', 'NUL': 'chunked\0',
    'empty': '', 'comma': 'chunked,', 'comma first': ',chunked', 'cow': 'cow', 'identity, chunked': 'identity, chunked',
    'high byte': 'chunked\xff', 'soft hyphen': 'chun\xadked',
  };
  const body = `0\r\n\r\n${SMUGGLED}`;
  return [
    ...Object.entries(all).map(([name, value]) => [`coding: ${name}, with a length`, post(`Content-Length: 5\r\nTransfer-Encoding: ${value}`, body)]),
    ...Object.entries(all).slice(3, 16).map(([name, value]) => [`coding: ${name}, alone`, post(`Transfer-Encoding: ${value}`, '5\r\nhello\r\n0\r\n\r\n')]),
    ['coding: two fields', post('Transfer-Encoding: chunked\r\nTransfer-Encoding: identity', body)],
    ['coding: two fields, other order', post('Transfer-Encoding: identity\r\nTransfer-Encoding: chunked', body)],
    ['coding: space before the colon', post('Content-Length: 5\r\nTransfer-Encoding : chunked', body)],
    ['coding: folded', post('Content-Length: 5\r\nTransfer-Encoding:\r\n chunked', body)],
    ['coding: underscore in the name', post('Content-Length: 5\r\nTransfer_Encoding: chunked', body)],
    ['coding: bare LF before it', post('Content-Length: 5\r\nX: a\nTransfer-Encoding: chunked', body)],
    ['coding: on version 1.0', `POST /public/case-ID HTTP/1.0\r\nHost: HOST\r\nTransfer-Encoding: chunked\r\n\r\n${body}`],
    ['coding: on GET', get(`Transfer-Encoding: chunked\r\n\r\n${body}`).replace(SMUGGLED, '')],
  ];
}

function chunks() {
  const all = {
    'no size': '\r\nhello\r\n0\r\n\r\n', 'negative': '-5\r\nhello\r\n0\r\n\r\n', 'plus': '+5\r\nhello\r\n0\r\n\r\n',
    'prefix 0x': '0x5\r\nhello\r\n0\r\n\r\n', 'space first': ' 5\r\nhello\r\n0\r\n\r\n',
    'space last': '5 \r\nhello\r\n0\r\n\r\n', 'underscore': '0_5\r\nhello\r\n0\r\n\r\n', 'letters': 'five\r\nhello\r\n0\r\n\r\n',
    'over 64 bits': '10000000000000005\r\nhello\r\n0\r\n\r\n',
    'huge': 'ffffffffffffffff\r\nhello\r\n0\r\n\r\n', 'bare LF after the size': '5\nhello\r\n0\r\n\r\n',
    'bare CR after the size': '5\rXhello\r\n0\r\n\r\n', 'bare LF after the data': '5\r\nhello\n0\r\n\r\n',
    'no end of the data': '5\r\nhello0\r\n\r\n', 'data too long': '5\r\nhelloworld\r\n0\r\n\r\n',
    'bare LF in an extension': `5;a\nhello\r\n0\r\n\r\n`, 'CR in an extension': '5;a\rb\r\nhello\r\n0\r\n\r\n',
    'long extension': `5;${'e'.repeat(40_000)}\r\nhello\r\n0\r\n\r\n`,
    'extension per byte': `${'1;abcdefgh\r\nx\r\n'.repeat(3000)}0\r\n\r\n`, 'quoted extension': '5;a="\r\n"\r\nhello\r\n0\r\n\r\n',
    'trailer': '5\r\nhello\r\n0\r\nX-Forwarded-User: alice\r\n\r\n',
    'trailer with a length': '5\r\nhello\r\n0\r\nContent-Length: 50\r\n\r\n', 'bad trailer': '5\r\nhello\r\n0\r\nno colon\r\n\r\n',
    'long trailer': `5\r\nhello\r\n0\r\nX: ${'t'.repeat(70_000)}\r\n\r\n`, 'last chunk 00': '5\r\nhello\r\n00\r\n\r\n',
    'last chunk with an extension': '5\r\nhello\r\n0;a=b\r\n\r\n', 'no last chunk': '5\r\nhello\r\n',
    'bare LF ends it': `5\r\nhello\r\n0\n\n${SMUGGLED}`, 'NUL in the size': '5\0\r\nhello\r\n0\r\n\r\n',
    'empty lines': '\r\n\r\n5\r\nhello\r\n0\r\n\r\n',
  };
  return Object.entries(all).map(([name, body]) => [`chunk: ${name}`, post('Transfer-Encoding: chunked', body)]);
}

function connections() {
  return [
    ['pipelined: garbage after GET', `${get('\r\n')}garbage garbage\r\n\r\n`],
    ['pipelined: after Connection: close', `${get(`Connection: close${END}`)}${SMUGGLED}`],
    ['pipelined: after a refusal', `${get('X A: 1\r\n\r\n')}${SMUGGLED}`],
    ['pipelined: after version 1.0', `GET /public/case-ID HTTP/1.0\r\nHost: HOST\r\n\r\n${SMUGGLED}`],
    ['expect: 100-continue without a body', post('Expect: 100-continue\r\nContent-Length: 5')],
    ['expect: 100-continue on GET', get(`Expect: 100-continue${END}`)],
    ['expect: twice', post('Expect: 100-continue\r\nExpect: 100-continue\r\nContent-Length: 5', 'hello')],
  ];
}
