/** A member of an enum as people read it: `NO_ANSWER` is `No answer`. */
export function words(name: string): string {
  const text = name.toLowerCase().replaceAll('_', ' ');
  return text.charAt(0).toUpperCase() + text.slice(1);
}
