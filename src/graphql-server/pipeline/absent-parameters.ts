export function withoutEmptyName(request: unknown): unknown {
  if (typeof request !== 'object' || request === null || !('operationName' in request)) return request;
  return request.operationName === '' ? { ...request, operationName: null } : request;
}

export function withoutEmptyParameters(search: string): string {
  return search.replace(/([?&])(?:operationName=|variables=(?:null)?)(?=&|$)/g, '$1');
}
