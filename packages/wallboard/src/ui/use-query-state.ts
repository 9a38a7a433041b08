import { useSearchParams } from 'wouter';

/** A parameter of the address's query, so that what a page shows can be shared and gone back to. */
export function useQueryState(name: string): [value: string | null, set: (value: string | null) => void] {
  const [params, setParams] = useSearchParams();
  const set = (value: string | null) =>
    setParams((before) => {
      const after = new URLSearchParams(before);
      if (value === null || value === '') after.delete(name);
      else after.set(name, value);
      return after;
    });
  return [params.get(name), set];
}
