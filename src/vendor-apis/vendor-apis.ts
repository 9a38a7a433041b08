import swagger, { type FastifyDynamicSwaggerOptions } from '@fastify/swagger';
import type { FastifyInstance } from 'fastify';
import type { VendorApiName } from '../config/tables/vendors.js';
import { RateLimiter } from '../graphql-server/limits/rate-limiter.js';
import type { IdentityService } from '../identity/identity.service.js';
import { birdApi } from './bird/bird-api.js';
import { burkiApi } from './burki/burki-api.js';
import { creovaiApi } from './creovai/creovai-api.js';
import { type ServedWith, serve } from './serve.js';
import { vcitaApi } from './vcita/vcita-api.js';

/** Of one address. A token is good for half an hour. */
const SIGN_INS_PER_SECOND = 10;
const MOST_SIGN_INS = 100;

/** The vendors' own requests, for programs that were written against them, and their description. */
export function vendorApis(
  app: FastifyInstance,
  enabled: readonly VendorApiName[],
  { identity, ...given }: Omit<ServedWith, 'signIns'> & { identity: IdentityService },
): void {
  const signIns = given.rates === null ? null : new RateLimiter(SIGN_INS_PER_SECOND, MOST_SIGN_INS);
  const served = { ...given, signIns };
  const apis = [burkiApi, creovaiApi(identity), vcitaApi, birdApi].filter(({ name }) =>
    enabled.includes(name),
  );
  if (apis.length === 0) return;
  void app.register(async (scope) => {
    await scope.register(swagger, DESCRIPTION);
    for (const api of apis) {
      await scope.register(async (room) => serve(room, api, served), { prefix: api.prefix });
    }
    scope.get('/vendor-apis.json', { schema: { hide: true } }, async () => scope.swagger());
  });
}

const DESCRIPTION: FastifyDynamicSwaggerOptions = {
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
};
