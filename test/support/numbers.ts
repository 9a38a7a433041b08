/** 0, 1, 2, … below `count`. */
export const numbers = (count: number) => Array.from({ length: count }, (_, index) => index);
