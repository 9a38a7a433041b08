import { readFile } from 'node:fs/promises';
import { request } from 'undici';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { PROJECT } from '../support/built-tree.js';
import { openTestGateway, type TestGateway } from '../support/gateway.js';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await openTestGateway();
});
afterAll(() => gateway?.close());

async function get(path: string, to = gateway) {
  const answer = await request(new URL(path, to.url), { headers: { accept: 'text/html' } });
  return { status: answer.statusCode, headers: answer.headers, text: await answer.body.text() };
}

it('each page of the app has the same document', async () => {
  const pages = await readFile(`${PROJECT}packages/wallboard/src/app/pages.ts`, 'utf8');
  const paths = [...pages.matchAll(/path: '([^']+)'/g)].map(([, path = '']) => path);
  expect(paths.length).toBeGreaterThan(1);
  const { text: document } = await get('/');
  for (const path of paths) {
    const { status, headers, text } = await get(path.replaceAll(/:\w+/g, 'call_1'));
    expect([path, status, headers['content-type']]).toEqual([path, 200, 'text/html; charset=utf-8']);
    expect(text).toBe(document);
  }
});

it('has no script and no style but its own files, and a policy that lets no other in', async () => {
  const { text, headers } = await get('/');
  const files = [...text.matchAll(/(?:src|href)="(\/wallboard\/[^"]+)"/g)].map(([, path = '']) => path);
  expect(files.length).toBeGreaterThanOrEqual(2);
  expect(text).not.toMatch(/<script(?![^>]* src=)|<style|https?:\/\/(?!www\.w3\.org)/);
  const policy = String(headers['content-security-policy']).split('; ');
  expect(policy).toEqual(
    expect.arrayContaining([
      "default-src 'none'",
      "script-src 'self'",
      "media-src 'self'",
      "base-uri 'none'",
    ]),
  );
  expect(policy.filter((each) => /http|unsafe-eval|\*/.test(each))).toEqual([]);
  for (const file of files) {
    const { status, headers: of } = await get(file);
    expect([file, status, of['cache-control']]).toEqual([file, 200, 'public, max-age=31536000, immutable']);
  }
  expect((await get('/wallboard/none.js')).status).toBe(404);
});

it('with WALLBOARD off, / leads to the explorer, whatever prefix a proxy adds, and there is no page', async () => {
  const off = await openTestGateway({ wallboard: false });
  const [root, figures] = [await get('/', off), await get('/figures', off)];
  await off.close();
  expect([root.status, root.headers.location, figures.status]).toEqual([302, 'graphql', 404]);
});
