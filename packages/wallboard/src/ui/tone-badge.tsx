import { Badge } from '@mantine/core';
import type { CSSProperties, ReactNode } from 'react';

/** A word in a colour that is legible on both grounds, as WCAG's AA asks. @param color of the theme's, e.g. `green` */
export function ToneBadge({ color, children }: { color: string; children: ReactNode }) {
  const shade = (index: number) => `var(--mantine-color-${color}-${index})`;
  const ink = `light-dark(color-mix(in srgb, ${shade(9)}, black 30%), ${shade(3)})`;
  const style = { '--badge-color': ink, '--badge-bd': `1px solid ${ink}` } as CSSProperties;
  return (
    <Badge variant="outline" style={style}>
      {children}
    </Badge>
  );
}
