export const callPath = (id: string): string => `/calls/${id}`;

/** The calls of a group: the list's filter is in its address. */
export const groupPath = ({ kind, key }: { kind: string; key: string }): string =>
  `/?${new URLSearchParams({ groupKind: kind, group: key })}`;
