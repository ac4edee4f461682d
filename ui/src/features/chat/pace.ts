// When what has come of an answer is put on the page: the first words at once, then in groups. Each change lays out the end of
// a long page and paints it, and nobody reads faster for seeing every word by itself.

/** Between two groups: every third frame of a screen with 60 a second. */
const EVERY_MS = 50;
/** Asked for so much earlier, as it is drawn with the frame after. */
const FRAME_MS = 16;
/** A hidden window gets no frames, and then nobody watches either. */
const HIDDEN_MS = 200;

export class Pace {
  #drawn = -Infinity;
  #asked = false;

  constructor(readonly draw: () => void) {}

  /** Something came that is not drawn yet. */
  came(): void {
    if (this.#asked) return;
    this.#asked = true;
    const rest = this.#drawn + EVERY_MS - FRAME_MS - performance.now();
    if (document.hidden) setTimeout(this.#now, HIDDEN_MS);
    else if (rest > 0) setTimeout(() => requestAnimationFrame(this.#now), rest);
    else requestAnimationFrame(this.#now);
  }

  #now = (): void => {
    this.#asked = false;
    this.#drawn = performance.now();
    this.draw();
  };
}
