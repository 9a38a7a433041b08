import type { Sql } from 'postgres';
import type { Client } from '../support/client.js';

/** What every part of the benchmark works with. */
export interface World {
  sql: Sql;
  rounds: number;
  /** A client of the organization that has a past: calls, events and all. */
  client(connections?: number): Client;
  /** A client of an organization of its own, made when it is new, and that organization's id. */
  clientOf(organization: string): Promise<{ client: Client; organizationId: string }>;
}

/** What one part found. */
export interface Section {
  /** For the README. */
  text: string;
  data: Record<string, unknown>;
  /** What was promised and is not kept. */
  missed: string[];
}
