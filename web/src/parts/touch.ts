/** What a finger does: a long press, and a swipe back. A mouse and a pen have other ways. */

const PRESS_MS = 450;
const STILL_PX = 10;
/** How far a swipe has to go, and how much further sideways than down. */
const BACK_PX = 72;
const SLANT = 1.6;

const STILL = matchMedia("(prefers-reduced-motion: reduce)");

/** Calls when a finger rests on the element. What the browser would do with that stays undone. */
export function longPress(act: () => void): (element: HTMLElement) => () => void {
  return (element) => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let [x, y] = [0, 0];
    const stop = (): void => clearTimeout(timer);
    const down = (event: PointerEvent): void => {
      stop();
      const control = (event.target as Element).closest("a, button, input, textarea");
      if (event.pointerType !== "touch" || !event.isPrimary || control) return;
      [x, y] = [event.clientX, event.clientY];
      timer = setTimeout(act, PRESS_MS);
    };
    const move = (event: PointerEvent): void => {
      if (Math.hypot(event.clientX - x, event.clientY - y) > STILL_PX) stop();
    };
    const menu = (event: MouseEvent): void => {
      if (matchMedia("(pointer: coarse)").matches) event.preventDefault();
    };
    element.addEventListener("pointerdown", down);
    element.addEventListener("pointermove", move);
    element.addEventListener("contextmenu", menu);
    for (const name of ["pointerup", "pointercancel"] as const) element.addEventListener(name, stop);
    return () => {
      stop();
      element.removeEventListener("pointerdown", down);
      element.removeEventListener("pointermove", move);
      element.removeEventListener("contextmenu", menu);
      for (const name of ["pointerup", "pointercancel"] as const) {
        element.removeEventListener(name, stop);
      }
    };
  };
}

/** Whether a sideways swipe that starts here would scroll something instead. */
function scrollsSideways(from: Element, upTo: Element): boolean {
  for (let at: Element | null = from; at && at !== upTo; at = at.parentElement) {
    if (at.scrollWidth > at.clientWidth + 1 && getComputedStyle(at).overflowX !== "visible") return true;
  }
  return false;
}

/** Lets the element follow a finger that goes sideways, and calls when it went far enough. */
export function swipeBack(act: () => void): (element: HTMLElement) => () => void {
  return (element) => {
    let start: { x: number; y: number } | null = null;
    let sideways = false;

    const rest = (): void => {
      start = null;
      sideways = false;
      element.style.removeProperty("translate");
    };
    const down = (event: TouchEvent): void => {
      const touch = event.touches[0];
      const target = event.target as Element;
      const busy = event.touches.length > 1 || !touch || target.closest("textarea, input");
      if (busy || scrollsSideways(target, element)) rest();
      else start = { x: touch.clientX, y: touch.clientY };
    };
    const move = (event: TouchEvent): void => {
      const touch = event.touches[0];
      if (!start || !touch) return;
      const [right, down] = [touch.clientX - start.x, Math.abs(touch.clientY - start.y)];
      if (!sideways && (right < STILL_PX || right < SLANT * down)) {
        if (down > STILL_PX) start = null;
        return;
      }
      sideways = true;
      if (!STILL.matches) element.style.setProperty("translate", `${Math.max(0, right)}px`);
    };
    const up = (event: TouchEvent): void => {
      const end = event.changedTouches[0];
      const far = sideways && start && end && end.clientX - start.x > BACK_PX;
      rest();
      if (far) act();
    };
    const passive = { passive: true };
    element.addEventListener("touchstart", down, passive);
    element.addEventListener("touchmove", move, passive);
    element.addEventListener("touchend", up, passive);
    element.addEventListener("touchcancel", rest, passive);
    return () => {
      element.removeEventListener("touchstart", down);
      element.removeEventListener("touchmove", move);
      element.removeEventListener("touchend", up);
      element.removeEventListener("touchcancel", rest);
    };
  };
}
