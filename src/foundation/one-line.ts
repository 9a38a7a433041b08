export const oneLine = (text: string): string => text.trim().replace(/\s*\n\s*/g, '; ');
