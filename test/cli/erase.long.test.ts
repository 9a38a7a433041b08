import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dump, naming } from '../intake/erase/erasing.js';
import { givenSender } from '../support/deliveries.js';
import { givenCall } from '../support/documents.js';
import { type Client, openTestGateway, type TestGateway } from '../support/gateway.js';
import { runProgram } from '../support/program.js';

let gateway: TestGateway;

beforeAll(async () => {
  gateway = await openTestGateway();
});
afterAll(() => gateway.close());

const run = (...args: string[]) => runProgram('cli/main.js', args, { DATABASE_URL: gateway.databaseUrl });

async function organization(): Promise<{ slug: string; client: Client }> {
  const slug = `erased-${randomBytes(4).toString('hex')}`;
  return { slug, client: await gateway.client({ organization: slug }) };
}

describe('switchboard erase', () => {
  it('erases a call, and the calls of a number', async () => {
    const { slug, client } = await organization();
    const call = await givenCall(client, { from: '+4930333444555' });
    await givenCall(client, { to: '004930333444555' });
    const kept = await givenCall(client);
    const one = await run('erase', '--organization', slug, '--call', call.id, '--yes');
    expect(one).toMatchObject({ code: 0, stdout: `${call.id} is erased.\n`, stderr: '' });
    const all = await run('erase', '--organization', slug, '--customer', '+49 30 333444555', '--yes');
    expect(all).toMatchObject({ code: 0, stdout: '1 call is erased.\n', stderr: '' });
    expect(naming(await dump(gateway.database), ['30333444555'])).toEqual([]);
    const { calls } = await client.ask('{ calls { nodes { id } } }');
    expect(calls.nodes).toEqual([{ id: kept.id }]);
  });

  it('wants a consent, and says what is wrong', async () => {
    const { slug, client } = await organization();
    const call = await givenCall(client);
    const refused = async (...args: string[]) => (await run('erase', ...args)).stderr;
    expect(await refused('--organization', slug, '--call', call.id)).toContain('say --yes');
    expect(await refused('--call', call.id, '--yes')).toContain('needs --organization');
    expect(await refused('--organization', slug, '--yes')).toContain('either --call ID or --customer NUMBER');
    expect(await refused('--organization', slug, '--customer', 'anonymous', '--yes')).toContain('withheld');
    expect(await refused('--organization', 'nowhere', '--call', call.id, '--yes')).toContain(
      'no organization nowhere',
    );
    const { calls } = await client.ask('{ calls { totalCount } }');
    expect(calls.totalCount).toBe(1);
  });
});

describe('switchboard organizations delete', () => {
  it('leaves no row of the organization, and its keys are refused', async () => {
    const [{ slug, client }, other] = [await organization(), await organization()];
    await givenSender(gateway.database, client);
    const parent = await givenCall(client, {
      metadata: { a: 'secret-of-it' },
      groups: [{ kind: 'case', key: 'k' }],
    });
    await givenCall(client, { parent: { id: parent.id } });
    const kept = await givenCall(other.client);
    const { viewer } = await client.ask('{ viewer { organization { id } } }');
    expect(viewer.organization.id).toMatch(/^organization_/);
    expect((await run('organizations', 'delete', slug)).stderr).toContain('say --yes');
    expect(await run('organizations', 'delete', slug, '--yes')).toMatchObject({
      ...{ code: 0, stdout: `${slug} is deleted, with 2 calls.\n`, stderr: '' },
    });
    expect(naming(await dump(gateway.database), [slug, 'secret-of-it'])).toEqual([]);
    const { errors } = await client.send('{ calls { totalCount } }');
    expect(errors).toMatchObject([{ extensions: { code: 'UNAUTHENTICATED' } }]);
    const { calls } = await other.client.ask('{ calls { nodes { id } } }');
    expect(calls.nodes).toEqual([{ id: kept.id }]);
    expect((await run('organizations', 'delete', slug, '--yes')).stderr).toContain(`no organization ${slug}`);
  });
});
