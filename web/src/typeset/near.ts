/** Does something once when an element comes near what can be seen. */
const MARGIN = "600px";

const jobs = new WeakMap<Element, () => void>();
const watch =
  typeof IntersectionObserver === "undefined"
    ? null
    : new IntersectionObserver(
        (entries, observer) => {
          for (const { target, isIntersecting } of entries) {
            if (!isIntersecting) continue;
            observer.unobserve(target);
            jobs.get(target)?.();
          }
        },
        { rootMargin: MARGIN },
      );

export function whenNear(element: Element, job: () => void): void {
  if (!watch) return job();
  jobs.set(element, job);
  watch.observe(element);
}
