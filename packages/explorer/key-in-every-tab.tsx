import { pick, useGraphiQL } from '@graphiql/react';
import { useEffect, useRef } from 'react';

export const NO_KEY = '{\n  "Authorization": "Bearer "\n}';

/** GraphiQL has headers for each tab; a key that is typed into one is good for all that have none. */
export function KeyInEveryTab(): null {
  const { headerEditor, activeTabIndex } = useGraphiQL(pick('headerEditor', 'activeTabIndex'));
  const typed = useRef(NO_KEY);
  useEffect(() => {
    const listening = headerEditor?.onDidChangeModelContent(() => {
      const headers = headerEditor.getValue();
      if (!lacksKey(headers)) typed.current = headers;
    });
    return () => listening?.dispose();
  }, [headerEditor]);
  // GraphiQL shows the next tab in the same editor.
  useEffect(() => {
    if (headerEditor && lacksKey(headerEditor.getValue())) headerEditor.setValue(typed.current);
  }, [headerEditor, activeTabIndex]);
  return null;
}

const lacksKey = (headers: string) => headers.trim() === '' || headers === NO_KEY;
