/**
 * One run for all who ask while another is under way. It begins after they have asked, so that no answer is older than its
 * question.
 */
export function gathered<T>(run: () => Promise<T>): () => Promise<T> {
  let running: Promise<unknown> = Promise.resolve();
  let next: Promise<T> | undefined;
  const begin = () => {
    next = undefined;
    const answer = run();
    running = answer;
    return answer;
  };
  return () => {
    next ??= running.then(begin, begin);
    return next;
  };
}
