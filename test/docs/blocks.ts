/** A fenced block of a document. */
export interface Block {
  /** The first word after the fence; empty without one. */
  language: string;
  /** The other words after the fence. */
  info: string;
  text: string;
  /** The line of its first fence, from 1. */
  line: number;
}

export function blocksOf(document: string): Block[] {
  return [...document.matchAll(/^```([\w-]*)([^\n]*)\n([\s\S]*?)^```$/gm)].map(
    ({ index, 1: language = '', 2: info = '', 3: text = '' }) => ({
      language,
      info: info.trim(),
      text,
      line: document.slice(0, index).split('\n').length,
    }),
  );
}

/** The commands of a console's block, each with the output that is shown after it. */
export function commandsOf(console: string): { command: string; output: string }[] {
  const parts = console.split(/^\$ /m).slice(1);
  return parts.map((part) => {
    const [command = ''] = /^(?:[^\n]*\\\n)*[^\n]*/.exec(part) ?? [];
    return { command, output: part.slice(command.length + 1) };
  });
}

/** The document with other texts in some of its blocks. */
export function withTexts(document: string, texts: ReadonlyMap<Block, string>): string {
  return [...texts].reduce(
    (document, [{ language, info, text }, other]) =>
      document.replace(
        `\`\`\`${`${language} ${info}`.trim()}\n${text}\`\`\``,
        () => `\`\`\`${`${language} ${info}`.trim()}\n${other}\`\`\``,
      ),
    document,
  );
}
