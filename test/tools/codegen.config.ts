/** For `config` of codegen's client preset. */
export const CONFIG = {
  scalars: {
    DateTime: 'string',
    Decimal: 'string',
    JSONObject: 'Record<string, unknown>',
    PhoneNumber: 'string',
    URL: 'string',
  },
  strictScalars: true,
  enumsAsTypes: true,
  useTypeImports: true,
};
