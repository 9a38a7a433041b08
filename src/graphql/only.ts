/**
 * Fails to compile if an input has a field that its consumer does not know, which TypeScript would silently lose. Write
 * `input satisfies Only<typeof input, Known>` wherever an input is passed on.
 */
export type Only<Given, Known> = { [Field in keyof Given]: Field extends keyof Known ? Given[Field] : never };

export type Nothing = Record<never, unknown>;
