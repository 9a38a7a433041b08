/** What is written after a reader has gone, or a terminal was closed, is lost; it ends no gateway. */
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
