import { refuseIf } from '../../foundation/refusal.js';
import { badUserInput } from '../../graphql/bad-input.js';
import { uuidOf } from '../../graphql/ids.js';
import { checkId } from '../../graphql/input-checks.js';
import type { DeliveryTarget } from './delivery.service.js';

const MOST = 500;

/**
 * @throws BAD_USER_INPUT for more than 500
 * @throws Refusal INVALID naming each that is no id of a delivery
 */
export function toDeliveryTargets(ids: string[]): DeliveryTarget[] {
  if (ids.length > MOST) throw badUserInput(`ids may have at most ${MOST} items, not ${ids.length}.`);
  refuseIf(ids.flatMap((id, index) => checkId('delivery', id, ['ids', String(index)])));
  return ids.map((id, index) => ({
    id: uuidOf('delivery', id) ?? '',
    path: ['ids', String(index)],
    label: `id ${id}`,
  }));
}
