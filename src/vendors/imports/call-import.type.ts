import { Field, Int, ObjectType } from 'type-graphql';
import { ConnectionOf, EdgeOf } from '../../graphql/connection.js';
import { Node } from '../../graphql/node.type.js';
import { DateTime } from '../../graphql/scalars.js';
import { UserError } from '../../graphql/user-error.type.js';
import type { CallImportState } from './call-import.enums.js';
import { CallImportStateEnum } from './call-import-state.type.js';

@ObjectType({
  implements: Node,
  simpleResolvers: true,
  description: "The reading of a vendor account's calls, from one time to another. Requires ADMIN.",
})
export class CallImport extends Node {
  @Field(() => CallImportStateEnum, { description: 'How far it has come.' })
  state!: CallImportState;

  @Field(() => DateTime, {
    nullable: true,
    description: 'Where its time begins, as asked for; null is open.',
  })
  from!: Date | null;

  @Field(() => DateTime, {
    nullable: true,
    description: 'Where its time ends, as asked for; null is the start of the import.',
  })
  to!: Date | null;

  @Field(() => Int, { description: 'Records read.' })
  seen!: number;

  @Field(() => Int, { nullable: true, description: 'How many there are, where the vendor says so.' })
  total!: number | null;

  @Field(() => Int, { description: 'Calls that are new.' })
  created!: number;

  @Field(() => Int, { description: 'Calls that were known and have changed.' })
  updated!: number;

  @Field(() => Int, {
    description:
      'Records that could not be read or written, or whose recordings could not be read; `lastError` says why, of the last one.',
  })
  failed!: number;

  @Field(() => Int, {
    description:
      'Calls whose recordings and transcripts the vendor may keep elsewhere. They are asked for once all calls are written.',
  })
  toAsk!: number;

  @Field(() => Int, { description: 'How many of these it was asked for.' })
  asked!: number;

  @Field(() => DateTime, { nullable: true, description: 'The time of the record that was read last.' })
  position!: Date | null;

  @Field(() => String, { nullable: true, description: 'What went wrong last, for people.' })
  lastError!: string | null;

  @Field(() => DateTime, { description: 'When it was started.' })
  createdAt!: Date;

  @Field(() => DateTime, { nullable: true, description: 'When it ended; null while it runs.' })
  finishedAt!: Date | null;
}

@ObjectType({ simpleResolvers: true, description: 'An import in a list, with its cursor.' })
export class CallImportEdge extends EdgeOf(() => CallImport) {}

@ObjectType({ simpleResolvers: true, description: 'A page of imports.' })
export class CallImportConnection extends ConnectionOf(
  () => CallImportEdge,
  () => CallImport,
) {}

@ObjectType({ simpleResolvers: true, description: 'The result of startCallImport and cancelCallImport.' })
export class CallImportPayload {
  @Field(() => CallImport, {
    nullable: true,
    description: 'The import as it is now; with ALREADY_EXISTS the one that runs. Null on any other refusal.',
  })
  callImport?: CallImport | null;

  @Field(() => [UserError], { description: 'Why nothing was written; empty on success.' })
  errors!: UserError[];
}
