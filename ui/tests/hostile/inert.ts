// Whether what was drawn from hostile Markdown is inert. Plain DOM, so that it runs in the tests and in the real web view alike.

/** All that Markdown, KaTeX and the program's own controls may make. */
const TAGS = new Set(
  ('p br hr h1 h2 h3 h4 h5 h6 strong em del code pre blockquote ul ol li a span div table thead tbody tr th td sub sup button ' +
    // KaTeX: its pictures of brackets and roots, and its copy for screen readers.
    'svg path line math semantics annotation mrow mi mo mn ms mtext mspace msup msub msubsup mfrac msqrt mroot mover munder munderover ' +
    'mtable mtr mtd mlabeledtr mstyle mpadded mphantom menclose merror mglyph mmultiscripts').split(' '),
);
const ATTRIBUTES = new Set(
  ('class title rel href align start type tabindex aria-hidden style data-math data-lang data-as data-copy-code data-picture data-load data-growing disabled ' +
    'xmlns encoding width height viewbox preserveaspectratio d x1 x2 y1 y2 stroke-width display mathvariant stretchy fence separator accent accentunder ' +
    'displaystyle scriptlevel columnalign rowspacing columnspacing columnlines rowlines linethickness minsize maxsize lspace rspace notation mathcolor ' +
    'mathbackground mathsize voffset depth movablelimits symmetric largeop form').split(' '),
);
const ADDRESS = /^(?:https?:\/\/|mailto:)/i;
/** Only KaTeX styles, and only sizes, places within a formula, and colours. */
const STYLE =
  /^(?:\s*(?:height|width|min-width|max-width|vertical-align|top|left|bottom|right|margin(?:-left|-right|-top|-bottom)?|padding(?:-left|-right)?|color|background-color|border(?:-(?:top|bottom|left|right))?(?:-(?:width|style|color))?|position|font-size|text-align)\s*:\s*[^;]*;?)*\s*$/i;

const onlyDrawnBy = (element: Element, selector: string) => element.closest(selector) !== null;

function styleIsBad(element: Element, style: string): boolean {
  if (!onlyDrawnBy(element, '[data-math]')) return true;
  if (/url|expression|@|\\|fixed|absolute|sticky|var\((?!--problem)|image|behavior|binding/i.test(style)) return true;
  // A formula may be large; it must not be laid over the window.
  const sizes = [...style.matchAll(/(-?[\d.]+)(em|ex|px|mu|pt|rem|vh|vw|%)/gi)];
  return !STYLE.test(style) || sizes.some(([, size, unit]) => /^v[hw]$/i.test(unit!) || Math.abs(Number(size)) > 200);
}

/** What is wrong with what was drawn below `root`; nothing, as a rule. */
export function violations(root: Element): string[] {
  const found: string[] = [];
  for (const element of root.querySelectorAll('*')) {
    const tag = element.localName.toLowerCase();
    const within = element.closest('[data-math]') ? ' in a formula' : '';
    if (!TAGS.has(tag)) found.push(`element <${tag}>${within}`);
    const ofKatex = /^(?:svg|path|line|math|semantics|annotation|m[a-z]+)$/.test(tag);
    if (ofKatex && !onlyDrawnBy(element, '[data-math]')) found.push(`<${tag}> outside a formula`);
    if (tag === 'button' && !element.matches('[data-copy-code], [data-load]')) found.push('a button that is not ours');
    for (const { name, value } of element.attributes) {
      const plain = name.toLowerCase();
      if (!ATTRIBUTES.has(plain)) found.push(`attribute ${plain}="${value.slice(0, 60)}" on <${tag}>`);
      if (plain === 'href' && (tag !== 'a' || !ADDRESS.test(value))) found.push(`address ${value.slice(0, 60)}`);
      if (plain === 'href' && /[\u0000-\u0020\u007f-\u00a0\u200b-\u200f\u2028-\u202f\ufeff]/.test(value)) found.push(`address with characters that are not seen: ${JSON.stringify(value.slice(0, 60))}`);
      if (plain === 'style' && styleIsBad(element, value)) found.push(`style ${value.slice(0, 80)}`);
      if (plain === 'class' && !/^(?:[\w\s-]*)$/.test(value)) found.push(`class ${value.slice(0, 60)}`);
      if (plain === 'type' && value !== 'button') found.push(`type ${value}`);
    }
  }
  return found;
}

/** Whether anything ran: the cases set `window.owned`, change the title, or leave the page when they do. */
export function harm(before: { title: string; address: string; elements: number }): string[] {
  const found: string[] = [];
  if ('owned' in window) found.push('a script ran');
  if (document.title !== before.title) found.push('the title was changed');
  if (location.href !== before.address) found.push('the window was steered');
  if (document.documentElement.querySelectorAll('script, iframe, object, embed, base, meta[http-equiv=refresh]').length !== before.elements) found.push('the page has a new script, frame or base');
  return found;
}

export const state = () => ({
  title: document.title,
  address: location.href,
  elements: document.documentElement.querySelectorAll('script, iframe, object, embed, base, meta[http-equiv=refresh]').length,
});
