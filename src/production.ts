/**
 * The libraries check more while a program is being developed, graphql-js with every value. Imported before all of them,
 * for they look when they are loaded; a NODE_ENV that is set stays.
 */
process.env.NODE_ENV ??= 'production';
