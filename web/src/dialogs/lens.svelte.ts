/** How near one looks at a picture, and at which part: by wheel, pinch, double click, drag and keys. */

const SCALE_MAX = 8;
const STEP = 1.5;
const DOUBLE = 2.5;
/** A pointer that moved less meant to click. */
const STILL_PX = 4;

interface Point {
  x: number;
  y: number;
}

interface Finger extends Point {
  id: number;
}

export class Lens {
  scale = $state(1);
  /** Whether the last press was a drag. */
  moved = false;
  #x = 0;
  #y = 0;
  #picture: HTMLElement | null = null;
  #stage: HTMLElement | null = null;
  #fingers: Finger[] = [];

  attach = (stage: HTMLElement): (() => void) => {
    this.#stage = stage;
    const ending = new AbortController();
    const { signal } = ending;
    stage.addEventListener("wheel", this.#wheel, { signal, passive: false });
    stage.addEventListener("dblclick", this.#double, { signal });
    stage.addEventListener("pointerdown", this.#down, { signal });
    stage.addEventListener("pointermove", this.#move, { signal });
    for (const name of ["pointerup", "pointercancel"] as const) {
      stage.addEventListener(name, this.#up, { signal });
    }
    return () => ending.abort();
  };

  place = (picture: HTMLElement): void => {
    this.#picture = picture;
    this.#show();
  };

  reset(): void {
    this.scale = 1;
    this.#x = 0;
    this.#y = 0;
    this.#show();
  }

  nearer(): void {
    this.#zoom(this.scale * STEP, this.#middle());
  }

  farther(): void {
    this.#zoom(this.scale / STEP, this.#middle());
  }

  #middle(): Point {
    const box = this.#stage?.getBoundingClientRect();
    return box ? { x: box.x + box.width / 2, y: box.y + box.height / 2 } : { x: 0, y: 0 };
  }

  /** Changes the scale so that what is under the point stays there. */
  #zoom(wanted: number, at: Point): void {
    const scale = Math.min(SCALE_MAX, Math.max(1, wanted));
    const middle = this.#middle();
    const growth = scale / this.scale;
    const shift = (from: number, point: number): number => point - (point - from) * growth;
    this.#x = shift(this.#x, at.x - middle.x);
    this.#y = shift(this.#y, at.y - middle.y);
    this.scale = scale;
    this.#show();
  }

  #show(): void {
    const picture = this.#picture;
    if (!picture) return;
    // Some of the picture always stays in sight.
    const reach = (size: number): number => (size * (this.scale - 1)) / 2;
    const within = (value: number, most: number): number => Math.max(-most, Math.min(most, value));
    this.#x = within(this.#x, reach(picture.offsetWidth));
    this.#y = within(this.#y, reach(picture.offsetHeight));
    const move = `translate(${this.#x}px, ${this.#y}px) scale(${this.scale})`;
    picture.style.setProperty("transform", move);
  }

  #wheel = (event: WheelEvent): void => {
    event.preventDefault();
    this.#zoom(this.scale * Math.exp(-event.deltaY / 400), { x: event.clientX, y: event.clientY });
  };

  #double = (event: MouseEvent): void => {
    if (this.scale > 1) this.reset();
    else this.#zoom(DOUBLE, { x: event.clientX, y: event.clientY });
  };

  #down = (event: PointerEvent): void => {
    this.#fingers.push({ id: event.pointerId, x: event.clientX, y: event.clientY });
    if (this.#fingers.length === 1) this.moved = false;
  };

  #move = (event: PointerEvent): void => {
    const before = this.#fingers.find(({ id }) => id === event.pointerId);
    if (!before) return;
    const now = { x: event.clientX, y: event.clientY };
    const [dx, dy] = [now.x - before.x, now.y - before.y];
    if (Math.hypot(dx, dy) > STILL_PX) {
      this.moved = true;
      // Not before: a captured press would end as a click on the stage, which closes it.
      this.#stage?.setPointerCapture(event.pointerId);
    }
    const other = this.#fingers.find(({ id }) => id !== event.pointerId);
    if (other) {
      const apart = (point: Point): number => Math.hypot(point.x - other.x, point.y - other.y);
      const between = { x: (now.x + other.x) / 2, y: (now.y + other.y) / 2 };
      this.#zoom((this.scale * apart(now)) / Math.max(1, apart(before)), between);
    } else if (this.scale > 1) {
      this.#x += dx;
      this.#y += dy;
      this.#show();
    }
    Object.assign(before, now);
  };

  #up = (event: PointerEvent): void => {
    this.#fingers = this.#fingers.filter(({ id }) => id !== event.pointerId);
  };
}
