/** Path below which a proxy serves the gateway, which writes it into its page: src/http/wallboard.ts. */
export const BASE_PATH = document.querySelector<HTMLMetaElement>('meta[name="base-path"]')?.content ?? '';

/** @param path of the gateway, such as `/graphql` */
export const gatewayUrl = (path: string): string => new URL(`${BASE_PATH}${path}`, location.href).href;
