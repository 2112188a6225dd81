/** What Yjs has to say, on the console: in place of lib0's own module, which can also draw a console on the page. */

export const print = console.log;
export const warn = console.warn;
/** Colours and weights, which are left out. */
export const ORANGE = "";
export const RED = "";
export const BOLD = "";
export const UNBOLD = "";
