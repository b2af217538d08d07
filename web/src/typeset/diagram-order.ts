/** What the page and the frame that draws say to one another. */
export const DIAGRAM_UNITS_MAX = 10_000;

export interface Order {
  id: number;
  source: string;
  night: boolean;
}

export interface Drawing {
  id: number;
  /** Null where the source makes no diagram. */
  svg: string | null;
}
