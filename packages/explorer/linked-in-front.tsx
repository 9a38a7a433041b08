import { pick, useGraphiQL, useGraphiQLActions } from '@graphiql/react';
import { Kind } from 'graphql';
import { useEffect } from 'react';
import { parsed } from './fetcher.js';
import type { Linked } from './linked.js';

/** GraphiQL opens what is linked after the tabs of an earlier visit. Ctrl-Enter runs the operation at the cursor. */
export function LinkedInFront({ query, operationName }: Linked): null {
  const { tabs, activeTabIndex, queryEditor } = useGraphiQL(pick('tabs', 'activeTabIndex', 'queryEditor'));
  const { moveTab, setOperationName } = useGraphiQLActions();
  // When the page opens, and never again.
  useEffect(() => {
    const opened = tabs[activeTabIndex];
    if (opened) moveTab([opened, ...tabs.filter((tab) => tab !== opened)]);
    if (operationName !== null) setOperationName(operationName);
  }, []);
  useEffect(() => {
    const operation = parsed(query)?.definitions.find(
      (each) => each.kind === Kind.OPERATION_DEFINITION && each.name?.value === operationName,
    );
    const start = operation?.loc?.startToken;
    if (start) queryEditor?.setPosition({ lineNumber: start.line, column: start.column });
  }, [queryEditor, query, operationName]);
  return null;
}
