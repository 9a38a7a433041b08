import { Field, InputType } from 'type-graphql';
import type { UserErrorData } from '../../foundation/refusal.js';
import { checkLength, checkStrings, problem } from '../../graphql/input-checks.js';
import type { Nothing, Only } from '../../graphql/only.js';
import type { NewVendorAccount, VendorAccountChange } from './new-vendor-account.values.js';
import { checkVendor, toVendor } from './vendor-settings.checks.js';
import { VendorSettingsInput } from './vendor-settings.input.js';

const NAME: [number, number] = [1, 100];

@InputType({
  description:
    'A new vendor account, e.g. `{ name: "Burki main", vendor: { burki: { apiKey: "…" } } }`. Pass it as a variable, so that its secrets are not in the document.',
})
export class CreateVendorAccountInput {
  @Field(() => String, {
    description: 'A name that no other account of the organization has; 1 to 100 characters.',
  })
  name!: string;

  @Field(() => VendorSettingsInput, { description: 'The vendor, with what it needs.' })
  vendor!: VendorSettingsInput;

  @Field(() => Boolean, { defaultValue: true, description: 'Whether changes are delivered to it.' })
  sends!: boolean;

  @Field(() => Boolean, { defaultValue: true, description: 'Whether its webhooks and imports are taken in.' })
  receives!: boolean;
}

@InputType({
  description: 'A change of a vendor account; what is left out keeps its value, secrets and settings too.',
})
export class UpdateVendorAccountInput {
  @Field(() => String, { nullable: true, description: 'Another name; 1 to 100 characters.' })
  name?: string | null;

  @Field(() => VendorSettingsInput, {
    nullable: true,
    description: "The account's vendor, with the members that change; another vendor is INVALID.",
  })
  vendor?: VendorSettingsInput | null;

  @Field(() => Boolean, { nullable: true, description: 'Whether changes are delivered to it.' })
  sends?: boolean | null;

  @Field(() => Boolean, { nullable: true, description: 'Whether its webhooks and imports are taken in.' })
  receives?: boolean | null;

  @Field(() => Boolean, {
    nullable: true,
    description: 'Whether deliveries are held; `false` lets a failing account try again at once, too.',
  })
  paused?: boolean | null;

  @Field(() => Boolean, {
    nullable: true,
    description: 'Draws a new token for `webhookUrl`. The old one is good for another day.',
  })
  rotateWebhookToken?: boolean | null;
}

export function checkAccount(
  { name, vendor }: CreateVendorAccountInput | UpdateVendorAccountInput,
  path: string[],
): UserErrorData[] {
  const at = [...path, 'name'];
  return [
    ...checkStrings({ name }, path),
    ...checkLength(name, at, NAME),
    ...(name != null && /\p{Cc}/u.test(name) ? problem(at, 'name must have no control characters.') : []),
    ...(vendor == null ? [] : checkVendor(vendor, [...path, 'vendor'])),
  ];
}

export function toNewAccount(input: CreateVendorAccountInput, path: string[]): NewVendorAccount {
  const { name, vendor, sends, receives, ...rest } = input;
  rest satisfies Only<typeof rest, Nothing>;
  return { name, vendor: toVendor(vendor, [...path, 'vendor']), sends, receives };
}

export function toAccountChange(input: UpdateVendorAccountInput, path: string[]): VendorAccountChange {
  const { name, vendor, sends, receives, paused, rotateWebhookToken, ...rest } = input;
  rest satisfies Only<typeof rest, Nothing>;
  return {
    name: name ?? undefined,
    vendor: vendor == null ? undefined : toVendor(vendor, [...path, 'vendor']),
    sends: sends ?? undefined,
    receives: receives ?? undefined,
    paused: paused ?? undefined,
    rotateWebhookToken: rotateWebhookToken ?? undefined,
  };
}
