import { Field, InputType, ObjectType } from 'type-graphql';
import { Node } from '../../graphql/node.type.js';

const KIND =
  'What the calls have in common; free text, e.g. `master`, `case`, `collection`. 1 to 100 characters.';
const KEY =
  'The key within its kind, e.g. the case number (Creovai: `caseReferenceId`, `collectionId`). 1 to 500 characters.';

@ObjectType({
  implements: Node,
  simpleResolvers: true,
  description: "Calls that belong together: a transferred call's legs, a case. Unique by kind and key.",
})
export class CallGroup extends Node {
  @Field(() => String, { description: KIND })
  kind!: string;

  @Field(() => String, { description: KEY })
  key!: string;
}

@InputType({
  description:
    'Identifies a group, e.g. `{ kind: "case", key: "4711" }`. A write creates the group if it is new.',
})
export class CallGroupInput {
  @Field(() => String, { description: KIND })
  kind!: string;

  @Field(() => String, { description: KEY })
  key!: string;
}
