import swagger from '@fastify/swagger';
import type { FastifyInstance, RouteOptions } from 'fastify';
import type { VendorApiName } from '../config/tables/vendors.js';
import { burkiApi } from './burki/burki-api.js';
import { type ServedWith, serve } from './serve.js';
import type { VendorApi } from './vendor-api.js';

/** The vendors' own requests, for programs that were written against them, and their description. */
export function vendorApis(
  app: FastifyInstance,
  enabled: readonly VendorApiName[],
  served: ServedWith,
): void {
  const apis: VendorApi[] = [burkiApi].filter(({ name }) => enabled.includes(name));
  if (apis.length === 0) return;
  void app.register(async (scope) => {
    await scope.register(swagger, {
      openapi: {
        openapi: '3.0.3',
        info: {
          title: "The vendors' own requests",
          description: 'Answered as the vendors do, by the calls of this gateway.',
          version: '1',
        },
        components: {
          securitySchemes: {
            key: { type: 'http', scheme: 'bearer', description: 'An API key of this gateway.' },
            accessKey: {
              type: 'apiKey',
              in: 'header',
              name: 'Authorization',
              description: "`AccessKey `, and an API key of this gateway: Bird's way.",
            },
          },
        },
        security: [{ key: [] }, { accessKey: [] }],
      },
      transform: ({ schema, url, route }) => ({ schema, url: documentedPath(route) ?? url }),
    });
    for (const api of apis) {
      await scope.register(async (room) => serve(room, api, served), { prefix: api.prefix });
    }
    scope.get('/vendor-apis.json', { schema: { hide: true } }, async () => scope.swagger());
  });
}

const documentedPath = ({ config }: RouteOptions): string | undefined => config?.path;
