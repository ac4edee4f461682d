// Markdown to HTML that is safe to show: parsed, sanitised, then code coloured and TeX drawn by libraries that escape
// what they are given and are loaded only when a text needs them.
import DOMPurify, { type Config } from 'dompurify';
import { parse } from './parser';

type Tools = {
  highlight: ((code: string, language: string) => string | null) | null;
  tex: ((tex: string, display: boolean) => string) | null;
};
const tools: Tools = { highlight: null, tex: null };

/** What Markdown can make, and nothing else. No style, no ids, no forms, nothing that loads. */
const ALLOWED: Config & { RETURN_DOM_FRAGMENT: true } = {
  ALLOWED_TAGS: [
    'p', 'br', 'hr', 'h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'strong', 'em', 'del', 'code', 'pre', 'blockquote',
    'ul', 'ol', 'li', 'a', 'span', 'div', 'table', 'thead', 'tbody', 'tr', 'th', 'td', 'sub', 'sup',
  ],
  ALLOWED_ATTR: ['href', 'title', 'rel', 'class', 'align', 'start', 'data-math', 'data-lang'],
  // Not addresses, so the pattern for addresses below does not apply to them.
  ADD_URI_SAFE_ATTR: ['align', 'start', 'rel', 'data-math', 'data-lang'],
  ALLOW_DATA_ATTR: false,
  ALLOW_ARIA_ATTR: false,
  ALLOWED_URI_REGEXP: /^(?:https?:\/\/|mailto:)/i,
  RETURN_DOM_FRAGMENT: true,
};

/** Code longer than this is shown plain while it still grows: colouring it anew with each frame would stutter. */
const COLOUR_WHILE_GROWING = 4_000;
const COLOUR_AT_ALL = 60_000;

const LIBRARIES: Record<keyof Tools, () => Promise<{ tool: Partial<Tools> }>> = {
  tex: () => import('./tex'),
  highlight: () => import('./highlight'),
};
const loading = new Map<keyof Tools, Promise<void>>();
let loaded: () => void = () => {};

/** `listener` hears when a library has arrived and texts should be drawn again. */
export function onToolLoaded(listener: () => void): void {
  loaded = listener;
}

function need(tool: keyof Tools): void {
  if (tools[tool] || loading.has(tool)) return;
  loading.set(
    tool,
    LIBRARIES[tool]().then(
      (module) => {
        Object.assign(tools, module.tool);
        cache.clear();
        loaded();
      },
      // Without the library the text is there all the same, only plainer.
      (error: unknown) => console.warn(`could not load ${tool}`, error),
    ),
  );
}

/** Resolves when every library that was asked for has arrived. */
export const toolsLoaded = () => Promise.all(loading.values());

function drawCode(pre: HTMLElement, open: boolean): void {
  const code = pre.querySelector('code');
  if (!code) return;
  const language = pre.dataset.lang ?? '';
  const text = code.textContent ?? '';
  if (language && text.length < (open ? COLOUR_WHILE_GROWING : COLOUR_AT_ALL)) {
    need('highlight');
    const coloured = tools.highlight?.(text, language);
    if (coloured) code.innerHTML = coloured;
  }
  const box = document.createElement('div');
  box.className = 'code';
  const head = document.createElement('div');
  head.className = 'code-head';
  const name = document.createElement('span');
  name.textContent = language || 'text';
  const copy = document.createElement('button');
  copy.type = 'button';
  copy.className = 'quiet small';
  copy.dataset.copyCode = '';
  copy.textContent = 'Copy code';
  head.append(name, copy);
  pre.tabIndex = 0;
  pre.replaceWith(box);
  box.append(head, pre);
}

function drawTex(place: HTMLElement): void {
  need('tex');
  if (!tools.tex) return;
  const display = place.dataset.math === 'display';
  place.innerHTML = tools.tex(place.textContent ?? '', display);
}

function draw(text: string, open: boolean): string {
  const fragment = DOMPurify.sanitize(parse(text, open), ALLOWED);
  fragment.querySelectorAll<HTMLElement>('[data-math]').forEach(drawTex);
  fragment.querySelectorAll<HTMLElement>('pre[data-lang]').forEach((pre) => drawCode(pre, open));
  const holder = document.createElement('div');
  holder.append(fragment);
  return holder.innerHTML;
}

const cache = new Map<string, string>();
const CACHED = 600;

/** Safe HTML for a piece of Markdown. `open`: it is still being written. */
export function render(text: string, open = false): string {
  if (open) return draw(text, true);
  const known = cache.get(text);
  if (known !== undefined) return known;
  const html = draw(text, false);
  if (cache.size >= CACHED) cache.delete(cache.keys().next().value ?? '');
  cache.set(text, html);
  return html;
}
