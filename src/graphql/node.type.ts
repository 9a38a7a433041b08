import { Field, ID, InterfaceType } from 'type-graphql';

@InterfaceType({
  description:
    'Anything with an id that is unique throughout. Clients normalise by `id`, and `node` and `nodes` read any of them back by it.',
})
export abstract class Node {
  @Field(() => ID, {
    description:
      "A TypeID: what it is, an underscore, 26 characters that sort by creation, e.g. `call_01h2xcejqtf2nbrexx3vqjhp41`. Never a vendor's own id.",
  })
  id!: string;
}
