import { hasCredentials } from '../src/addresses.ts';

test.each([
  'https://user:pw@host/',
  'http://user@host',
  'HTTP://user:pw@host',
  '  https://user:pw@host',
  'ht\ntps://user:pw@host',
  'https:user:pw@host',
  'https:\\\\user:pw@host',
  'https:///user:pw@host',
  'https://:pw@host',
  'https://a%40b:pw@host',
  'sqs:https://user:pw@sqs.example/1/q',
  's3://key:secret@bucket/prefix',
])('credentials stand in %j', (address) => expect(hasCredentials(address)).toBe(true));

test.each([
  'https://host/',
  'https://host/@user',
  'https://host?mail=a@b',
  'https://host#a@b',
  'sqs:https://sqs.example/1/q',
  's3://bucket/a@b',
  'user@host',
  'arn:aws:sns:us-east-1:1:a',
  '',
])('none stand in %j', (address) => expect(hasCredentials(address)).toBe(false));
