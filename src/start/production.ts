/**
 * Import this first: libraries read NODE_ENV when they load, and run extra checks in development (graphql-js for every
 * value).
 */
process.env.NODE_ENV ??= 'production';
