import type { VendorApiName } from '../config/tables/vendors.js';
import type { Context } from '../graphql/context.js';
import type { Scope } from '../identity/identity.enums.js';
import type { Failure } from './failures.js';

export type JsonSchema = Readonly<Record<string, unknown>>;

/** What checks a request, and describes it in /vendor-apis.json. */
export interface RequestSchema {
  params?: JsonSchema;
  querystring?: JsonSchema;
  body?: JsonSchema;
}

/** A request that its schema has let through. */
export interface Asked<Params = unknown, Query = unknown, Body = unknown> {
  params: Params;
  query: Query;
  body: Body;
}

/** `body` is written as JSON; a string is sent as plain text. */
export interface Answer {
  status: number;
  body?: unknown;
  headers?: Readonly<Record<string, string>>;
}

interface Route {
  /** In the log, in metrics, and as operationId. */
  name: string;
  method: 'GET' | 'POST' | 'PUT' | 'PATCH';
  /** Below the prefix, in find-my-way's form. */
  url: string;
  summary: string;
  /** 200 if it is left out. */
  status?: 200 | 202;
  /** What `run` answers with, for the description. */
  answers: string;
  consumes?: string;
  schema: RequestSchema;
}

/** Needs a key with the scope. */
export interface SignedRoute<Params = unknown, Query = unknown, Body = unknown> extends Route {
  scope: Scope;
  /** Points against the rate of the key, as GraphQL's cost. */
  points(query: Query): number;
  run(context: Context, asked: Asked<Params, Query, Body>): Promise<unknown>;
}

/** Needs no key. */
export interface OpenRoute<Body = unknown> extends Route {
  scope: null;
  run(asked: Asked<unknown, unknown, Body>): Promise<unknown>;
}

export type VendorRoute = SignedRoute | OpenRoute;

export interface VendorApi {
  name: VendorApiName;
  title: string;
  prefix: string;
  routes: VendorRoute[];
  /** Whether all that is wrong with a request is reported, or the first alone. Lists in bodies want the first. */
  reportsAll: boolean;
  /** Of paths and of the body's members. */
  ignoresCase?: boolean;
  /** What the vendor would answer. */
  refused(failure: Failure): Answer;
}

/** GraphQL's cost of a query for one thing, and of a mutation. */
export const READ = 2;
export const WRITE = 11;
export const TOTAL = 50;

export const signed = <Params, Query, Body>(route: SignedRoute<Params, Query, Body>): SignedRoute =>
  route as SignedRoute;
