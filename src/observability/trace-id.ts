/** @param trace a W3C trace context: version, trace, span, flags */
export const traceIdOf = (trace: string): string => trace.slice(3, 35);
