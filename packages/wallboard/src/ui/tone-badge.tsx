import { Badge, type MantineSize } from '@mantine/core';
import type { CSSProperties, ReactNode } from 'react';

interface ToneBadgeProps {
  /** Of the theme's, e.g. `green`. */
  color: string;
  size?: MantineSize;
  children: ReactNode;
}

/** A word in a colour that is legible on both grounds, as WCAG's AA asks. */
export function ToneBadge({ color, size = 'md', children }: ToneBadgeProps) {
  const shade = (index: number) => `var(--mantine-color-${color}-${index})`;
  const ink = `light-dark(color-mix(in srgb, ${shade(9)}, black 30%), ${shade(3)})`;
  const style = { '--badge-color': ink, '--badge-bd': `1px solid ${ink}` } as CSSProperties;
  return (
    <Badge variant="outline" size={size} style={style}>
      {children}
    </Badge>
  );
}
