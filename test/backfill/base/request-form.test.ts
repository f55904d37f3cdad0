import { originForm } from '../../../src/backfill/base/request-form.ts';

test.each([
  ['/a?b=c', '/a?b=c'],
  ['/', '/'],
  ['http://shop.example:80/x?y=1', '/x?y=1'],
  ['https://user:pass@shop.example', '/'],
  ['HTTPS://[2001:db8::1]:443?q=/z', '/?q=/z'],
  ['http://shop.example#part', '/#part'],
  ['http:///x', '/x'],
  ['//evil.example/x', '//evil.example/x'],
  ['/redirect?to=http://evil.example/', '/redirect?to=http://evil.example/'],
  ['*', '*'],
  ['shop.example:443', '/shop.example:443'],
  ['http:\\\\evil.example', '/http:\\\\evil.example'],
  ['javascript:alert(1)', '/javascript:alert(1)'],
  ['?q=1', '/?q=1'],
  ['', '/'],
  [' http://evil.example/', '/ http://evil.example/'],
])('%s is sent as %s', (url, sent) => {
  expect(originForm(url)).toBe(sent);
});
