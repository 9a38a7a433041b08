import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse, validate } from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { GatewayConfig } from '../../src/gateway.js';
import { publicSchema } from '../../src/graphql-server/schema/schema.js';
import { PROJECT } from '../support/built-tree.js';
import { type Block, blocksOf, commandsOf, withTexts } from './blocks.js';
import { NOT_RUN } from './not-run.js';
import { dataOf, PageSession } from './page-session.js';
import { differences, differentLines, inLines } from './same-answer.js';

/** With UPDATE_DOCS=1 the shown answers are written anew instead of compared. */
const IS_UPDATE = process.env.UPDATE_DOCS === '1';

const docs = (await readdir(join(PROJECT, 'docs'))).filter((name) => name.endsWith('.md'));
const pages = await Promise.all(
  ['README.md', ...docs.map((name) => `docs/${name}`)].map(async (name) => {
    const text = await readFile(join(PROJECT, name), 'utf8');
    return { name, text, blocks: blocksOf(text) };
  }),
);

/** Output: what is shown after a command or query. An unnamed block is a picture. */
const RUN = new Set(['sh', 'console', 'graphql']);
const OTHER = new Set(['json', 'text', 'csv', 'ts', 'js', 'sql', '']);

/** What a page's gateway is started with, as the page says. */
const SETTINGS: Record<string, GatewayConfig> = {
  'docs/federation.md': { federation: true },
  'docs/persisted-operations.md': { persistedOperations: 'auto' },
};

describe.each(pages.filter(({ blocks }) => blocks.some(({ language }) => RUN.has(language))))(
  '$name',
  ({ name, text, blocks }) => {
    const written = new Map<Block, string>();
    let page: PageSession;
    beforeAll(async () => {
      page = await PageSession.open(SETTINGS[name]);
    });
    afterAll(async () => {
      await page.close();
      if (IS_UPDATE) await writeFile(join(PROJECT, name), withTexts(text, written));
    });

    const runs = blocks.flatMap((block, index) => {
      if (!RUN.has(block.language)) return [];
      const following = blocks.slice(index + 1);
      const end = following.findIndex(({ language }) => RUN.has(language));
      const shown = following.slice(0, end === -1 ? undefined : end);
      return [{ block, shown, title: `line ${block.line}: ${block.text.trim().split('\n')[0]}` }];
    });

    it.each(runs)('$title', async ({ block, shown }) => {
      const found =
        block.language === 'console'
          ? await consoleOf(block)
          : block.language === 'sh'
            ? await page.shell(runOf(block.text))
            : await answerTo(block, shown);
      for (const output of shown) await compare(output, found);
    });

    /** The commands of a console's block show their own output. */
    async function consoleOf(block: Block): Promise<string> {
      let said = '';
      for (const { command, output } of commandsOf(block.text)) {
        const found = isRun(command) ? await page.shell(command) : output;
        if (!IS_UPDATE) expect(differentLines(output, found)).toEqual([]);
        const same = differentLines(output, found).length === 0;
        said += `$ ${command}\n${same ? output : `${found.trim()}\n`}`;
      }
      if (IS_UPDATE) written.set(block, said);
      return '';
    }

    async function answerTo(block: Block, shown: Block[]): Promise<string> {
      expect(validate(publicSchema(), parse(block.text)).map(({ message }) => message)).toEqual([]);
      const variables = shown.find(({ info }) => info === 'variables');
      const { status, ...answer } = await page.ask(block.text, variables && JSON.parse(variables.text));
      expect(answer.errors).toBeUndefined();
      return page.shown(JSON.stringify(answer));
    }

    async function compare(output: Block, found: string): Promise<void> {
      const { language, text: shown, info } = output;
      if (
        info === 'variables' ||
        info === 'example' ||
        language === 'ts' ||
        language === 'js' ||
        language === 'sql' ||
        language === ''
      )
        return;
      if (shown.includes('event: next') || shown.startsWith(':')) {
        const events = dataOf(shown);
        expect(events.length).toBeGreaterThan(0);
        return void expect(differences(events, dataOf(await page.streamed(events.length)))).toEqual([]);
      }
      if (language === 'json') return compareJson(output, found);
      if (IS_UPDATE && differentLines(shown, found).length > 0) written.set(output, `${found.trim()}\n`);
      else expect(differentLines(shown, found)).toEqual([]);
    }

    /** The cost of an answer is left out where it is not shown. */
    function compareJson(output: Block, found: string): void {
      const { extensions, ...rest } = JSON.parse(found);
      const isShown = output.text.includes('"extensions"') && !output.text.includes('"errors"');
      const answer = isShown ? { ...rest, extensions } : rest;
      const differs = () => differences(JSON.parse(output.text), answer);
      if (IS_UPDATE && (output.text.trim() === '' || differs().length > 0)) {
        written.set(output, `${inLines(answer)}\n`);
      } else expect(differs()).toEqual([]);
    }
  },
);

const isRun = (command: string) => !NOT_RUN.some(([each]) => each === command);
const runOf = (commands: string) => commands.split('\n').filter(isRun).join('\n');

it('every block is in a language that a test reads', () => {
  const others = pages.flatMap(({ name, blocks }) =>
    blocks
      .filter(({ language }) => !RUN.has(language) && !OTHER.has(language))
      .map(({ language, line }) => `${name}:${line} ${language}`),
  );
  expect(others).toEqual([]);
});

it('every command that no test runs is in a document', () => {
  const text = pages.map((page) => page.text).join('\n');
  expect(
    NOT_RUN.filter(([command]) => !text.includes(`\n${command}\n`) && !text.includes(`$ ${command}\n`)),
  ).toEqual([]);
});

it('every program is a file that tests run, as it is', async () => {
  const programs = pages.flatMap(({ blocks }) => blocks.filter(({ language }) => language === 'ts'));
  expect(programs.length).toBeGreaterThan(0);
  for (const { info, text } of programs) expect(text).toBe(await readFile(join(PROJECT, info), 'utf8'));
});

it('every part of a program is in a file that tests run, as it is', async () => {
  const parts = pages.flatMap(({ blocks }) => blocks.filter(({ language }) => language === 'js'));
  const unindented = (text: string) => text.replaceAll(/^ +/gm, '');
  for (const { info, text } of parts) {
    expect(unindented(await readFile(join(PROJECT, info), 'utf8'))).toContain(unindented(text));
  }
});
