export function onceByName<Named extends { name: string }, Made>(
  make: (named: Named) => Made,
): (named: Named) => Made {
  const made = new Map<string, Made>();
  return (named) => {
    const known = made.get(named.name) ?? make(named);
    made.set(named.name, known);
    return known;
  };
}
