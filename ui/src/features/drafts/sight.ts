// What was asked for under an answer comes below the fold, behind the field one writes in: it is brought into sight as it
// grows, until the person does something else.

/** So much of what is shown is enough of it. The rest is for who wants to read on. */
const ENOUGH = 0.6;

/** How far a view must scroll for enough of a box in it to be seen. Pixels; never back. */
export function missing(box: { top: number; bottom: number }, view: { top: number; bottom: number }): number {
  const wanted = Math.min(box.bottom, box.top + (view.bottom - view.top) * ENOUGH);
  return Math.max(0, Math.ceil(wanted - view.bottom));
}

/** Keeps what comes under this answer in sight while `coming`. */
export function bringIntoSight(answer: HTMLElement, coming: () => boolean): void {
  const view = answer.closest<HTMLElement>('.view');
  if (!view) return;
  const bring = () => {
    const shown = answer.querySelector('.drafts') ?? answer.querySelector('.job, .failed');
    if (shown) view.scrollTop += missing(shown.getBoundingClientRect(), view.getBoundingClientRect());
    // What it came to was brought too.
    if (!coming()) end();
  };
  const sizes = new ResizeObserver(bring);
  const end = () => {
    sizes.disconnect();
    for (const type of ['keydown', 'pointerdown', 'wheel'] as const) window.removeEventListener(type, end, true);
  };
  sizes.observe(answer);
  for (const type of ['keydown', 'pointerdown', 'wheel'] as const) window.addEventListener(type, end, { capture: true, passive: true });
}
