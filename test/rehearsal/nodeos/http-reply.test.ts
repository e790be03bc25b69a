import test from 'ava';
import { parseReply } from '#rehearsal/nodeos/http-reply.ts';

const head = 'HTTP/1.1 201 Created\r\nContent-Type: application/json\r\n';

test('a reply with a length is whole when that much has come', t => {
  const text = `${head}Content-Length: 4\r\n\r\n"ab"`;
  for (let length = 0; length < text.length; length++) t.is(parseReply(text.slice(0, length), false), undefined);
  t.deepEqual(parseReply(text, false), { status: 201, body: '"ab"', keepAlive: true });
});

test('a reply in chunks is whole when the last chunk has come', t => {
  const text = `${head}Transfer-Encoding: chunked\r\n\r\n2\r\n"a\r\n2\r\nb"\r\n0\r\n\r\n`;
  for (let length = 0; length < text.length; length++) t.is(parseReply(text.slice(0, length), false), undefined);
  t.deepEqual(parseReply(text, false), { status: 201, body: '"ab"', keepAlive: true });
});

test('a reply without a length ends with the connection', t => {
  const text = `${head}\r\n"ab"`;
  t.is(parseReply(text, false), undefined);
  t.deepEqual(parseReply(text, true), { status: 201, body: '"ab"', keepAlive: false });
});

test('Connection: close is told', t => {
  t.like(parseReply(`${head}Connection: close\r\nContent-Length: 0\r\n\r\n`, false), { keepAlive: false });
});

test('what is no HTTP is no reply', t => {
  t.is(parseReply('hello\r\n\r\n', true), undefined);
});
