// Markdown to HTML that is safe to show: parsed, sanitised, then code coloured and TeX drawn by libraries that escape
// what they are given and are loaded only when a text needs them.
import DOMPurify, { type Config } from 'dompurify';
import { clozeTex, drawClozes } from './cloze';
import { fill } from './code';
import { parse } from './parser';
import { pictureAt } from './pictures';
import { settled } from './tail';

type Tools = {
  highlight: ((code: string, language: string) => string | null) | null;
  tex: ((tex: string, display: boolean) => string) | null;
};
const tools: Tools = { highlight: null, tex: null };
export type Tool = keyof Tools;
/** What a text has in it that a tool draws. */
const DRAWS: Record<Tool, RegExp> = { highlight: /```|~~~/, tex: /\$|\\[([]/ };

/** The tools that may have something to draw in a text. */
export const toolsOf = (text: string): Tool[] => (Object.keys(DRAWS) as Tool[]).filter((tool) => DRAWS[tool].test(text));

/** Whether the tool's library has arrived. */
export const ready = (tool: Tool): boolean => tools[tool] !== null;

/** What Markdown can make, and nothing else. No style, no ids, no forms, nothing that loads. */
const ALLOWED: Config & { RETURN_DOM_FRAGMENT: true } = {
  ALLOWED_TAGS: [
    'p', 'br', 'hr', 'h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'strong', 'em', 'del', 'code', 'pre', 'blockquote',
    'ul', 'ol', 'li', 'a', 'span', 'div', 'table', 'thead', 'tbody', 'tr', 'th', 'td', 'sub', 'sup',
  ],
  ALLOWED_ATTR: ['href', 'title', 'rel', 'class', 'align', 'start', 'data-math', 'data-lang', 'data-picture'],
  // Not addresses, so the pattern for addresses below does not apply to them.
  ADD_URI_SAFE_ATTR: ['align', 'start', 'rel', 'data-math', 'data-lang', 'data-picture'],
  ALLOW_DATA_ATTR: false,
  ALLOW_ARIA_ATTR: false,
  ALLOWED_URI_REGEXP: /^(?:https?:\/\/|mailto:)/i,
  RETURN_DOM_FRAGMENT: true,
};

const LIBRARIES: Record<Tool, () => Promise<{ tool: Partial<Tools> }>> = {
  tex: () => import('./tex'),
  highlight: () => import('./highlight'),
};
const cache = new Map<string, string>();
const formulas = new Map<string, string>();
const CACHED = 600;
const loading = new Map<Tool, Promise<void>>();
let loaded: (tool: Tool) => void = () => {};

/** `listener` hears when a library has arrived and texts that need it should be drawn again. */
export function onToolLoaded(listener: (tool: Tool) => void): void {
  loaded = listener;
}

function need(tool: Tool): void {
  if (tools[tool] || loading.has(tool)) return;
  loading.set(
    tool,
    LIBRARIES[tool]().then(
      (module) => {
        Object.assign(tools, module.tool);
        for (const text of cache.keys()) if (DRAWS[tool].test(text)) cache.delete(text);
        loaded(tool);
      },
      // Without the library the text is there all the same, only plainer.
      (error: unknown) => console.warn(`could not load ${tool}`, error),
    ),
  );
}

/** Resolves when every library that was asked for has arrived. */
export const toolsLoaded = () => Promise.all(loading.values());

export const colouring = (language: string) => {
  if (language) need('highlight');
  const { highlight } = tools;
  return language && highlight ? (code: string) => highlight(code, language) : null;
};

export function drawCode(pre: HTMLElement): void {
  const code = pre.querySelector('code');
  if (!code) return;
  const language = pre.dataset.lang ?? '';
  fill(code, code.textContent ?? '', language, colouring(language));
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
  const text = place.textContent ?? '';
  const tex = clozeTex(text);
  if (tex !== text) place.classList.add('has-cloze');
  // The same formula is drawn with each frame while the block that it stands in grows.
  const key = `${place.dataset.math} ${tex}`;
  const html = formulas.get(key) ?? tools.tex(tex, display);
  if (formulas.size >= CACHED) formulas.clear();
  formulas.set(key, html);
  place.innerHTML = html;
}

const hostOf = (address: string) => (URL.canParse(address) ? new URL(address).hostname : 'elsewhere');

/** A picture that was loaded is put where it stands, on the page and in what is drawn from now on. */
export function showPicture(address: string): void {
  for (const [text, html] of cache) if (html.includes('data-picture=')) cache.delete(text);
  const prefix = `Picture from ${hostOf(address)}: `;
  for (const place of document.querySelectorAll<HTMLElement>('.markdown [data-picture]:not(.loaded)')) {
    if (place.dataset.picture !== address) continue;
    const words = place.querySelector('.image-alt')?.textContent ?? '';
    drawPicture(place, words.startsWith(prefix) ? words.slice(prefix.length) : '');
  }
}

/** A picture that was asked for, or where it would stand with a button that asks for it. */
function drawPicture(place: HTMLElement, alt: string): void {
  const address = place.dataset.picture ?? '';
  const data = pictureAt(address);
  if (data) {
    const image = document.createElement('img');
    image.src = data;
    image.alt = alt;
    place.classList.add('loaded');
    return place.replaceChildren(image);
  }
  const words = document.createElement('span');
  words.className = 'image-alt';
  words.textContent = `Picture from ${hostOf(address)}${alt ? `: ${alt}` : ''}`;
  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'small';
  button.dataset.load = '';
  button.title = address;
  button.textContent = 'Load';
  place.replaceChildren(words, button);
}

/** The nodes of a piece of Markdown, safe to put into the page. `open`: it is still being written. */
export function draw(text: string, open: boolean): DocumentFragment {
  const fragment = DOMPurify.sanitize(parse(open ? settled(text) : text, open), ALLOWED);
  fragment.querySelectorAll<HTMLElement>('[data-picture]').forEach((place) => drawPicture(place, place.textContent ?? ''));
  fragment.querySelectorAll<HTMLElement>('[data-math]').forEach(drawTex);
  fragment.querySelectorAll<HTMLElement>('pre[data-lang]').forEach(drawCode);
  drawClozes(fragment);
  return fragment;
}

const htmlOf = (fragment: DocumentFragment) => {
  const holder = document.createElement('div');
  holder.append(fragment);
  return holder.innerHTML;
};

/** Safe HTML for a piece of Markdown. `open`: it is still being written. */
export function render(text: string, open = false): string {
  if (open) return htmlOf(draw(text, true));
  const known = cache.get(text);
  if (known !== undefined) return known;
  const html = htmlOf(draw(text, false));
  if (cache.size >= CACHED) cache.delete(cache.keys().next().value ?? '');
  cache.set(text, html);
  return html;
}
