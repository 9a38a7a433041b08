import { Button, Card, CopyButton, Group, Table, Text, Title } from '@mantine/core';
import { type ReactNode, useId, useState } from 'react';
import { saveFile } from './save-file';
import { csvOf, type TableData } from './table-data';

interface ChartCardProps {
  title: string;
  /** What the chart shows, for those who do not see it. */
  text: string;
  table: TableData;
  /** Why there is no chart. */
  empty?: string | undefined;
  children: ReactNode;
}

/** A chart, and the table that says the same. */
export function ChartCard({ title, text, table, empty, children }: ChartCardProps) {
  const [isOpen, setOpen] = useState(false);
  const id = useId();
  return (
    <Card withBorder component="section" aria-labelledby={`${id}-title`} p="md">
      <Group justify="space-between" mb="md" gap="xs">
        <Title order={2} size="h5" id={`${id}-title`}>
          {title}
        </Title>
        {empty === undefined && (
          <Group gap="xs">
            {isOpen && <CopyCsv name={title} table={table} />}
            <Button
              variant="default"
              size="xs"
              aria-expanded={isOpen}
              aria-controls={id}
              aria-label={`Table of ${title}`}
              onClick={() => setOpen(!isOpen)}
            >
              Table
            </Button>
          </Group>
        )}
      </Group>
      {empty === undefined ? (
        <div role="img" aria-label={`${title}. ${text}`}>
          {children}
        </div>
      ) : (
        <Text c="dimmed" py="xl" ta="center">
          {empty}
        </Text>
      )}
      <div id={id} hidden={!isOpen}>
        {isOpen && <FiguresTable title={title} table={table} />}
      </div>
    </Card>
  );
}

function FiguresTable({ title, table: { columns, rows } }: { title: string; table: TableData }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard
    <section className="figures-table" aria-label={`Rows of ${title}`} tabIndex={0}>
      <Table stickyHeader withRowBorders verticalSpacing={4}>
        <Table.Thead>
          <Table.Tr>
            {columns.map((column, index) => (
              <Table.Th key={column} scope="col" ta={index === 0 ? 'left' : 'right'}>
                {column}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map(([first = '', ...rest], row) => (
            <Table.Tr key={`${row} ${first}`}>
              <Table.Th scope="row" fw={400}>
                {first}
              </Table.Th>
              {rest.map((value, index) => (
                <Table.Td key={columns[index + 1]} ta="right">
                  {value}
                </Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </section>
  );
}

/** A page that is not served securely has no clipboard: it saves a file instead. */
function CopyCsv({ name, table }: { name: string; table: TableData }) {
  const csv = csvOf(table);
  if (!window.isSecureContext) {
    const save = () => saveFile(`${name}.csv`, new Blob([csv], { type: 'text/csv;charset=utf-8' }));
    return (
      <Button variant="default" size="xs" onClick={save}>
        Save as CSV
      </Button>
    );
  }
  return (
    <CopyButton value={csv}>
      {({ copied, copy }) => (
        <Button variant="default" size="xs" onClick={copy}>
          {copied ? 'Copied' : 'Copy as CSV'}
        </Button>
      )}
    </CopyButton>
  );
}
