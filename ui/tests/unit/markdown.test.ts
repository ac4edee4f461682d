// Markdown from models is hostile until shown otherwise: nothing in it may run, fetch or steer the window.
import { describe, expect, test, vi } from 'vitest';
import { flushSync, mount, unmount } from 'svelte';
import { safeLink } from '$lib/markdown/parser';
import { render, toolsLoaded } from '$lib/markdown/render';

const openExternal = vi.hoisted(() => vi.fn(async () => ({ status: 'ok' as const, data: null })));
vi.mock('$lib/bindings', () => ({ commands: { openExternal }, events: {} }));

const dom = (markdown: string) => {
  const holder = document.createElement('div');
  holder.innerHTML = render(markdown);
  return holder;
};

describe('hostile Markdown is inert', () => {
  const hostile = [
    '<script>window.owned = true</script>',
    '<img src=x onerror="window.owned = true">',
    '<svg onload="window.owned = true"><script>1</script></svg>',
    '<iframe src="https://evil.example"></iframe>',
    '<a href="javascript:owned=1" onclick="owned=1">x</a>',
    '<form action="https://evil.example"><input name=q><button>go</button></form>',
    '<style>body { display: none }</style>',
    '<math><mtext><table><mglyph><style><img src=x onerror=owned=1>',
    '<div style="position:fixed;inset:0" id="app" class="veil">over it all</div>',
    '[x](javascript:owned=1)',
    '[x](JaVaScRiPt:owned=1)',
    '[x](java\tscript:owned=1)',
    '[x](&#106;avascript:owned=1)',
    '[x](data:text/html,<script>owned=1</script>)',
    '[x](vbscript:owned)',
    '[x](file:///etc/passwd)',
    '[x](tauri://localhost/)',
    '![x](https://evil.example/pixel.png)',
    '![x](javascript:owned=1)',
    '![" onerror="owned=1](x)',
    '<https://ok.example/"onmouseover="owned=1>',
    '[x](https://ok.example/"onmouseover="owned=1)',
    '```"><img src=x onerror=owned=1>\ncode\n```',
    '```html\n<img src=x onerror=owned=1>\n```',
    '$\\href{javascript:owned=1}{x}$',
    '$$\\includegraphics{https://evil.example/x.png}$$',
    '$\\htmlStyle{position:fixed}{x}$',
    '$<img src=x onerror=owned=1>$',
    '<span data-math="inline">\\href{javascript:owned=1}{x}</span>',
    '[x]: javascript:owned=1\n\n[x]',
    '<b\n<img src=x onerror=owned=1>',
    '| a |\n|---|\n| <img src=x onerror=owned=1> |',
  ];

  test.each(hostile)('%s', async (text) => {
    for (const open of [false, true]) {
      render(text, open);
      await toolsLoaded();
      const holder = document.createElement('div');
      holder.innerHTML = render(text, open);
      expect(holder.querySelector('script, img, iframe, object, embed, form, input, style, link, base, svg image, video, audio')).toBeNull();
      for (const element of holder.querySelectorAll('*')) {
        for (const { name, value } of element.attributes) {
          expect(name.startsWith('on'), `${name} in ${holder.innerHTML}`).toBe(false);
          expect(name === 'id' || name === 'src' || name === 'action').toBe(false);
          if (name === 'href') expect(value).toMatch(/^(https?:\/\/|mailto:)/);
          // Only KaTeX may style, and never out of its place.
          if (name === 'style') expect(element.closest('[data-math]') && !/fixed|url\(/.test(value)).toBeTruthy();
        }
      }
    }
    expect((window as { owned?: unknown }).owned).toBeUndefined();
  });

  test('raw HTML is shown as what was written', () => {
    expect(dom('a <b>bold</b> word').textContent).toBe('a <b>bold</b> word\n');
  });
});

describe('what is rendered', () => {
  test('a picture is a place with a button: nothing is fetched', () => {
    const holder = dom('![a map](https://example.org/map.png)');
    expect(holder.textContent).toContain('Picture from example.org: a map');
    expect(holder.querySelector('img')).toBeNull();
    expect(holder.querySelector('button')?.textContent).toBe('Load');
  });

  test('money is no formula', () => {
    expect(dom('It costs $5 and then $10 more.').querySelector('[data-math]')).toBeNull();
  });

  test('formulas and code are drawn once their libraries are there', async () => {
    const text = 'So $x^2$, \\(y\\) and:\n\n$$\n\\frac{1}{2}\n$$\n\n```rust\nlet x = 1;\n```';
    render(text);
    await toolsLoaded();
    const holder = dom(text);
    expect(holder.querySelectorAll('.katex')).toHaveLength(3);
    expect(holder.querySelector('.katex-display')).not.toBeNull();
    expect(holder.querySelector('pre .hljs-keyword')?.textContent).toBe('let');
    expect(holder.querySelector('[data-copy-code]')).not.toBeNull();
  });

  test('a table keeps its alignment and a list its beginning', () => {
    expect(dom('| a |\n|--:|\n| 1 |').querySelector('td')?.getAttribute('align')).toBe('right');
    expect(dom('3. three\n4. four').querySelector('ol')?.getAttribute('start')).toBe('3');
  });

  test('links are told by their scheme', () => {
    expect(safeLink('https://a.example')).toBe('https://a.example');
    expect(safeLink('mailto:a@b.example')).toBe('mailto:a@b.example');
    expect(safeLink('\u0001javascript:x')).toBeNull();
    expect(safeLink('//a.example')).toBeNull();
    expect(safeLink('#/settings')).toBeNull();
  });
});

test('a link opens outside and never steers the window', async () => {
  const { default: Markdown } = await import('$lib/components/Markdown.svelte');
  const view = mount(Markdown, { target: document.body, props: { text: '[there](https://example.org/)' } });
  flushSync();
  const click = new MouseEvent('click', { bubbles: true, cancelable: true });
  document.querySelector('a')?.dispatchEvent(click);
  expect(click.defaultPrevented).toBe(true);
  expect(openExternal).toHaveBeenCalledWith('https://example.org/');
  await unmount(view);
});
