/** JSON as it is sent. */
export const JsonBlock = ({ value, label }: { value: unknown; label: string }) => (
  // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard
  <section className="json" tabIndex={0} aria-label={label}>
    {JSON.stringify(value, null, 2)}
  </section>
);
