export function text(strings: TemplateStringsArray, ...values: string[]): string {
  const lines = String.raw({ raw: strings }, ...values).split('\n');
  const indents = lines.filter((line) => line.trim() !== '').map((line) => line.search(/\S/));
  const shared = Math.min(...indents.slice(lines[0]?.trim() === '' ? 0 : 1));
  return lines
    .map((line, index) => (index === 0 ? line.trim() : line.slice(shared).trimEnd()))
    .join('\n')
    .trim();
}
