// Builds the window into dist/, which the shell embeds. Everything it needs is bundled: the CSP allows no other source.
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { fileURLToPath } from 'node:url';
import type { Plugin, UserConfig } from 'vite';
import { defineConfig } from 'vitest/config';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** KaTeX names each font in three formats; every engine we run on reads woff2, so the other two need not be shipped. */
export function onlyWoff2(): Plugin {
  return {
    name: 'katex-only-woff2',
    enforce: 'pre',
    transform(code, id) {
      if (!/katex(\.min)?\.css/.test(id)) return null;
      return code.replace(/,\s*url\([^)]*\.(woff|ttf)\)\s*format\(["'](woff|truetype)["']\)/g, '');
    },
  };
}

/** dist/.gitignore is committed so that the folder exists for `generate_context!`; emptying dist/ must not lose it. */
function keepGitignore(): Plugin {
  return {
    name: 'keep-gitignore',
    apply: 'build',
    generateBundle() {
      this.emitFile({ type: 'asset', fileName: '.gitignore', source: '*\n!.gitignore\n' });
    },
  };
}

export const shared = {
  plugins: [svelte(), onlyWoff2()],
  resolve: {
    alias: { $lib: here('./src/lib'), $features: here('./src/features') },
  },
} satisfies UserConfig;

export default defineConfig({
  ...shared,
  plugins: [...shared.plugins, keepGitignore()],
  base: './',
  build: { outDir: 'dist', target: 'safari16.4', assetsInlineLimit: 0, chunkSizeWarningLimit: 400 },
  server: { port: 1420, strictPort: true },
  test: {
    environment: 'jsdom',
    include: ['tests/unit/**/*.test.ts'],
    // The first test pays for transforming everything, on a machine that may be busy.
    testTimeout: 30_000,
    setupFiles: ['tests/unit/setup.ts'],
  },
  // Svelte's browser build, not its server build, under vitest.
  ...(process.env.VITEST ? { resolve: { ...shared.resolve, conditions: ['browser'] } } : {}),
});
