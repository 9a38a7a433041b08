import { describe, expect, it, vi } from 'vitest';
import { encodeCursor } from '../../src/graphql/cursor.js';
import { execute, LOG_CURSORS, SUFFIX, UUID } from '../graphql-server/execution/fake-context.js';

const call = { id: UUID, parentId: null };
const slice = { rows: [call], hasNextPage: true, hasPreviousPage: false };

describe('calls', () => {
  it('passes positions to the loader and cursors to the client', async () => {
    const page = vi.fn(async () => slice);
    const after = encodeCursor('calls', UUID);
    const answer = await execute(
      'query ($after: String) { calls(first: 1, after: $after) { edges { cursor node { id } } nodes { id } pageInfo { hasNextPage endCursor } } }',
      { loaders: { callsPage: page } },
      { after },
    );
    const node = { id: `call_${SUFFIX}` };
    expect(answer.data.calls).toEqual({
      edges: [{ cursor: after, node }],
      nodes: [node],
      pageInfo: { hasNextPage: true, endCursor: after },
    });
    expect(page).toHaveBeenCalledWith(
      { filter: {}, order: { field: 'CREATED_AT', direction: 'DESC' } },
      { limit: 1, forward: true, after: { id: UUID }, before: null },
    );
  });

  it('counts them only if totalCount is selected', async () => {
    const count = vi.fn(async () => ({ count: 7, isEstimate: false }));
    const fakes = { services: { calls: { count } }, loaders: { callsPage: async () => slice } };
    await execute('{ calls { nodes { id } } }', fakes);
    expect(count).not.toHaveBeenCalled();
    expect((await execute('{ calls { totalCount } }', fakes)).data.calls).toEqual({ totalCount: 7 });
  });

  it.each(['first: -1', 'last: 201', 'first: 1, last: 1', 'after: "x"'])('refuses %s', async (args) => {
    const answer = await execute(`{ calls(${args}) { totalCount } }`, { services: { calls: {} } });
    expect(answer).toMatchObject({
      data: { calls: null },
      errors: [{ extensions: { code: 'BAD_USER_INPUT' } }],
    });
  });
});

describe('a call', () => {
  const ask = (fields: string, loaders: Record<string, (key: never) => unknown>) =>
    execute(`{ call(id: "call_${SUFFIX}") { ${fields} } }`, {
      loaders: { callById: async () => call, ...loaders },
    });

  it('loads no parent if it has none', async () => {
    expect((await ask('parent { id }', {})).data.call).toEqual({ parent: null });
  });

  it('reads pages of its flows with its own cursors', async () => {
    const callFlowsPage = vi.fn(async () => ({ ...slice, rows: [{ id: UUID, revision: 3 }] }));
    const after = encodeCursor(`flows:${UUID}`, '4');
    const fields = `callFlows(after: "${after}") { edges { cursor node { revision } } }`;
    const edges = [{ cursor: encodeCursor(`flows:${UUID}`, '3'), node: { revision: 3 } }];
    expect((await ask(fields, { callFlowsPage })).data.call).toEqual({ callFlows: { edges } });
    expect(callFlowsPage).toHaveBeenCalledWith({
      owner: UUID,
      page: { limit: 50, forward: true, after: 4, before: null },
    });
    const foreign = fields.replace(after, encodeCursor('flows:another', '4'));
    expect((await ask(foreign, { callFlowsPage })).errors).toHaveLength(1);
  });

  it('reads its history with the cursors of the changes', async () => {
    const change = { id: UUID, callId: UUID, label: '7', seq: '9' };
    const historyPage = vi.fn(async () => ({ ...slice, rows: [change] }));
    const cursor = LOG_CURSORS.of({ label: '7', seq: '9' });
    const fields = `history(before: "${cursor}") { edges { cursor node { id cursor matches call { id } } } }`;
    expect((await ask(fields, { historyPage })).data.call.history.edges).toEqual([
      {
        cursor,
        node: { id: `call_change_${SUFFIX}`, cursor, matches: true, call: { id: `call_${SUFFIX}` } },
      },
    ]);
    expect(historyPage).toHaveBeenCalledWith({
      owner: UUID,
      page: { limit: 50, forward: true, after: null, before: { label: '7', seq: '9' }, filter: {} },
    });
  });
});
