import { Alert, Button } from '@mantine/core';
import { Component, type ReactNode } from 'react';

/** A page that fails takes nothing else with it. */
export class PageErrors extends Component<{ children: ReactNode }, { error: Error | null }> {
  override state = { error: null as Error | null };

  static getDerivedStateFromError(error: Error) {
    return { error };
  }

  override render() {
    const { error } = this.state;
    if (error === null) return this.props.children;
    return (
      <Alert color="red" role="alert" title="This page failed">
        <p>{error.message}</p>
        <Button onClick={() => this.setState({ error: null })}>Try again</Button>
      </Alert>
    );
  }
}
