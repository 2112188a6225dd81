/** Charts, drawn when they are first needed. */
import type * as Vega from "./vega";

export type { Drawn, Grammar } from "./vega";

export const loadVega = (): Promise<typeof Vega> => import("./vega");
