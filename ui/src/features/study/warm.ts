// Draws Markdown ahead of its being shown: what was drawn once is kept, formulas and coloured code included.
import { Blocks } from '$lib/markdown/blocks';
import { render } from '$lib/markdown/render';

/** Long enough after the card's own frame not to delay it, well before anybody has read a question. */
const LATER_MS = 60;

export function warm(texts: string[]): () => void {
  const timer = setTimeout(() => {
    for (const text of texts) for (const block of new Blocks().of(text, false)) render(block.text);
  }, LATER_MS);
  return () => clearTimeout(timer);
}
