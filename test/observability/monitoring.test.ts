import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PROJECT } from '../support/built-tree.js';
import { openGatewayOn, type TestGateway } from '../support/gateway.js';
import { createTestDatabase } from '../support/postgres.js';

let gateway: TestGateway;
let served: Map<string, string>;
let docs: string;
let dashboard: string;
let alerts: string;
const read = (name: string) => readFile(join(PROJECT, name), 'utf8');
beforeAll(async () => {
  const { url, drop } = await createTestDatabase();
  // One that is away has its metrics too.
  const replicas = { urls: ['postgres://me@127.0.0.1:1/calls'], poolSize: 1, maxLag: 1 };
  gateway = await openGatewayOn(url, {}, drop, 'silent', { replicas });
  const text = await (await fetch(new URL('/metrics', gateway.url))).text();
  served = new Map(
    Array.from(text.matchAll(/^# TYPE (\S+) (\S+)$/gm), ([, name = '', type = '']) => [name, type]),
  );
  docs = await read('docs/operating.md');
  dashboard = await read('deploy/monitoring/dashboard.json');
  alerts = await read('deploy/monitoring/alerts.yml');
});
afterAll(() => gateway.close());

const OWN = /\bswitchboard_[a-z_]+/g;
const USED = /\b(?:switchboard|nodejs|process)_[a-z0-9_]+/g;
const ownNames = () => [...served.keys()].filter((name) => name.startsWith('switchboard_'));
const namesIn = (text: string, pattern: RegExp) => [...new Set(text.match(pattern))];

/** Of a histogram, the buckets, the sum and the count are used. */
const metricOf = (name: string) =>
  served.get(name.replace(/_(?:bucket|sum|count)$/, '')) === 'histogram'
    ? name.replace(/_(?:bucket|sum|count)$/, '')
    : name;

interface Panel {
  title: string;
  type: string;
  gridPos: { x: number; w: number };
  targets?: { expr: string }[];
}

describe('the metrics', () => {
  it('are each in the table of docs/operating.md, and no other is', () => {
    const table = docs.slice(docs.indexOf('\n## Metrics'), docs.indexOf('\n## Log'));
    expect(namesIn(table, OWN).toSorted()).toEqual(ownNames().toSorted());
  });

  it('that the dashboard and the alerts use are served', () => {
    for (const text of [dashboard, alerts]) {
      const names = namesIn(text, USED);
      expect(names.length).toBeGreaterThan(5);
      expect(names.filter((name) => !served.has(metricOf(name)))).toEqual([]);
    }
  });
});

describe('the dashboard', () => {
  it('has panels that lie within its width, each with a query of balanced brackets', () => {
    const { panels, uid } = JSON.parse(dashboard) as { panels: Panel[]; uid: string };
    expect(uid).toBe('switchboard');
    for (const { type, title, gridPos, targets = [] } of panels) {
      expect(gridPos.x + gridPos.w, title).toBeLessThanOrEqual(24);
      if (type !== 'row') expect(targets.length, title).toBeGreaterThan(0);
      for (const { expr } of targets) {
        for (const [open, close] of ['()', '{}', '[]'])
          expect(expr.split(open as string).length, expr).toBe(expr.split(close as string).length);
      }
    }
  });
});

describe('the alerts', () => {
  const rules = () => alerts.split(/^ {6}- alert: /m).slice(1);

  it('have a severity, a summary and what to do each, and names of their own', () => {
    expect(rules().length).toBeGreaterThan(5);
    for (const rule of rules()) {
      expect(rule).toMatch(/^Switchboard\w+\n/);
      expect(rule).toMatch(/^ {8}labels: \{ severity: (?:warning|critical) \}$/m);
      expect(rule).toMatch(/^ {10}summary: .+\.'?$/m);
      expect(rule).toMatch(/^ {10}description: .+\.'?$/m);
    }
    expect(new Set(rules().map((rule) => rule.split('\n')[0])).size).toBe(rules().length);
  });

  it('are what promtool accepts, on a machine that has it', async () => {
    const file = join(PROJECT, 'deploy/monitoring/alerts.yml');
    const found = await promisify(execFile)('promtool', ['check', 'rules', file]).catch((error) => error);
    if (found.code === 'ENOENT') expect(rules().join('')).not.toContain('\t');
    else expect(found.stdout).toContain(`SUCCESS: ${rules().length} rules found`);
  });
});
