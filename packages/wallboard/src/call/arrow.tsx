/** From one party, or one value, to the next. Drawn, because not every font has it. */
export const Arrow = ({ back = false }: { back?: boolean }) => (
  <svg
    className="arrow"
    viewBox="0 0 16 16"
    aria-hidden="true"
    style={back ? { transform: 'rotate(180deg)' } : undefined}
  >
    <path d="M2 8h11M9 4l4 4-4 4" />
  </svg>
);

/** Beside what can be folded. */
export const Chevron = ({ isOpen }: { isOpen: boolean }) => (
  <svg
    className="arrow"
    viewBox="0 0 16 16"
    aria-hidden="true"
    style={isOpen ? { transform: 'rotate(90deg)' } : undefined}
  >
    <path d="M6 3l5 5-5 5" />
  </svg>
);
