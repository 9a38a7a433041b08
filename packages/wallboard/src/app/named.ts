/** For `lazy`, which takes a default export: `import(…).then(named('Page'))`. */
export const named =
  <Name extends string, Value>(name: Name) =>
  (module: Record<Name, Value>) => ({ default: module[name] });
