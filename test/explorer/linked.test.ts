import { expect, it } from 'vitest';
import { linkedBy } from '../../packages/explorer/linked.js';

it.each([
  ['?query=%7Bviewer%7Bname%7D%7D', { query: '{viewer{name}}', variables: '', operationName: null }],
  [
    '?query=%7Ba%7D&variables=%7B%22a%22%3A1%7D&operationName=A',
    { query: '{a}', variables: '{\n  "a": 1\n}', operationName: 'A' },
  ],
  ['?query=%7Ba%7D&variables=%7B', { query: '{a}', variables: '{', operationName: null }],
  ['?query=%7Ba%7D&variables=null', { query: '{a}', variables: '', operationName: null }],
  ['?query=%7Ba%7D&headers=%7B%7D', { query: '{a}', variables: '', operationName: null }],
  ['?query=+', null],
  ['?variables=%7B%7D', null],
  ['', null],
])('%s', (search, linked) => {
  expect(linkedBy(search)).toEqual(linked);
});
