import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTestGateway, type TestGateway } from '../support/gateway.js';
import { runProgram } from '../support/program.js';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await openTestGateway();
});
afterAll(() => gateway.close());

const run = (...args: string[]) => runProgram('cli/main.js', args, { DATABASE_URL: gateway.databaseUrl });
const organizations = (...args: string[]) => run('organizations', ...args);
const newSlug = () => `org-${randomBytes(4).toString('hex')}`;
const QUERY = '{ viewer { organization { slug name } } }';

describe('switchboard organizations', () => {
  it('lists them with what they have, suspends and resumes', async () => {
    const slug = newSlug();
    const client = await gateway.client({ organization: slug });
    const line = async () => {
      const { stdout } = await organizations('list');
      return stdout.split('\n').find((each) => each.startsWith(slug));
    };
    expect((await organizations('list')).stdout).toMatch(
      /^SLUG +NAME +ID +STATE +SINCE +KEYS +ACCOUNTS +CREATED +LAST USED\n/,
    );
    expect(await line()).toMatch(/ organization_\w+ +ACTIVE +- +1 +0 +\S+Z +-$/);
    expect(await organizations('suspend', slug)).toMatchObject({
      ...{ code: 0, stderr: '' },
      stdout: `${slug} is suspended: its keys and tokens are refused, and its deliveries, webhooks and imports wait.\n`,
    });
    expect(await line()).toMatch(/ SUSPENDED +\S+Z /);
    expect((await client.send(QUERY)).errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }]);
    expect(await organizations('resume', slug)).toMatchObject({ code: 0, stdout: `${slug} goes on.\n` });
    expect((await client.ask(QUERY)).viewer.organization).toEqual({ slug, name: slug });
  });

  it('renames one: its slug, its name, or both; its keys stay good', async () => {
    const [slug, next, taken] = [newSlug(), newSlug(), newSlug()];
    const client = await gateway.client({ organization: slug });
    await gateway.client({ organization: taken });
    expect((await organizations('rename', slug, next)).stdout).toBe(`${slug} is now ${next}.\n`);
    expect((await client.ask(QUERY)).viewer.organization).toEqual({ slug: next, name: next });
    await organizations('rename', next, '--name', 'Acme Inc.');
    expect((await client.ask(QUERY)).viewer.organization).toEqual({ slug: next, name: 'Acme Inc.' });
    await organizations('rename', next, slug);
    expect((await client.ask(QUERY)).viewer.organization).toEqual({ slug, name: 'Acme Inc.' });
    expect((await organizations('rename', slug, taken)).stderr).toContain(`another organization ${taken}`);
    expect((await organizations('rename', slug, 'Not A Slug')).stderr).toContain('the new slug must be');
    expect((await organizations('rename', slug)).stderr).toContain('--name NAME');
  });

  it.each(['rename nowhere elsewhere', 'suspend nowhere', 'resume nowhere'])(
    '%s: there is none',
    async (text) => {
      expect(await organizations(...text.split(' '))).toMatchObject({
        ...{ code: 1, stdout: '', stderr: 'switchboard: no organization nowhere\n' },
      });
    },
  );
});

it('a typo makes no organization', async () => {
  const slug = newSlug();
  await gateway.client({ organization: slug });
  const key = ['keys', 'create', '--organization', `${slug}x`, '--name', 'ci', '--scopes', 'all'];
  const { code, stderr } = await run(...key);
  expect(code).toBe(2);
  expect(stderr).toContain(`there is no organization ${slug}x (there are: `);
  expect(stderr).toContain('say --create');
  expect((await organizations('list')).stdout).not.toContain(`${slug}x`);
  expect(await run(...key, '--create')).toMatchObject({ code: 0, stderr: '' });
  expect((await organizations('list')).stdout).toContain(`${slug}x`);
  expect((await run('keys', 'list', '--organization', `${slug}x`)).stdout).toMatch(/ - +-\n$/);
});
