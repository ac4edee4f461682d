// What need not be drawn at once is drawn over the next frames, a few milliseconds in each, so that a long text never halts
// the window.

/** What drawing may take of a frame, which has 16 ms for all that happens in it. */
const FRAME_MS = 8;

const waiting = new Map<Element, () => void>();
let frame = 0;
let spent = 0;

function timed(work: () => void): void {
  const from = performance.now();
  work();
  spent += performance.now() - from;
  frame ||= requestAnimationFrame(next);
}

function next(): void {
  frame = 0;
  spent = 0;
  for (const [node, work] of waiting) {
    if (spent >= FRAME_MS) break;
    waiting.delete(node);
    timed(work);
  }
  if (waiting.size > 0) frame ||= requestAnimationFrame(next);
}

/** Draws `node` now if it must be now or this frame has time left for it; true when it was. */
export function drawSoon(node: Element, work: () => void, atOnce: boolean): boolean {
  if (!atOnce && spent >= FRAME_MS) {
    drawLater(node, work);
    return false;
  }
  waiting.delete(node);
  timed(work);
  return true;
}

export function drawLater(node: Element, work: () => void): void {
  waiting.set(node, work);
  frame ||= requestAnimationFrame(next);
}

export const forget = (node: Element): boolean => waiting.delete(node);

/** Draws what still waits below `root`, for whoever looks for something in it; also what only comes to wait by that. */
export function drawRest(root: Element): void {
  for (const [node, work] of waiting) {
    if (!root.contains(node)) continue;
    waiting.delete(node);
    work();
  }
}
