/** What the libraries of outputs put into the frame's window. */
interface Window {
  Plotly?: { react: (place: HTMLElement, figure: Record<string, unknown>) => Promise<unknown> };
  Bokeh?: unknown;
  define?: unknown;
}

declare module "*?inline" {
  const address: string;
  export default address;
}
