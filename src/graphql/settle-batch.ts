import { eventLoop } from '../foundation/event-loop.js';
import { Refusal, type UserErrorData, valueOrRefusal } from '../foundation/refusal.js';
import { badUserInput } from './bad-input.js';
import { settled } from './errors.js';

const MOST_ITEMS = 500;

/**
 * `check` validates one item or throws a Refusal; `run` takes all that passed and returns one outcome each.
 * @throws BAD_USER_INPUT for more than 500 items
 */
export async function settleBatch<Item, Ready, Result extends object>(
  key: string,
  argument: string,
  items: Item[],
  check: (item: Item, path: string[]) => Ready,
  run: (ready: Ready[]) => Promise<(Result | Refusal)[]>,
): Promise<(Partial<Result> & { errors: UserErrorData[] })[]> {
  if (items.length > MOST_ITEMS) {
    throw badUserInput(`${argument} may have at most ${MOST_ITEMS} items, not ${items.length}.`);
  }
  const indexes = [...items.keys()];
  const checked = await eventLoop.map(key, indexes, (index) =>
    valueOrRefusal(() => check(items[index] as Item, [argument, String(index)])),
  );
  const ready = checked.filter((each): each is Ready => !(each instanceof Refusal));
  const outcomes = ready.length === 0 ? [] : await run(ready);
  const next = outcomes.values();
  return checked.map((each) => {
    const outcome = each instanceof Refusal ? each : next.next().value;
    if (outcome === undefined) throw new Error('an item of a batch has no outcome');
    return settled(outcome);
  });
}
